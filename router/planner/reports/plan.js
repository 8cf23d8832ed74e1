"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const steps = JSON.parse(byId("steps").textContent);
  const links = all(".link"), nodes = all(".node");
  let at = 0;

  function show(step) {
    at = Math.max(0, Math.min(steps.length - 1, step));
    const { title, calm, crossing, weight, costs } = steps[at];
    byId("step-title").textContent = `${title} (${at + 1} of ${steps.length})`;
    byId("step-cost").textContent = crossing.length
      ? `${crossing.length} connection${crossing.length === 1 ? "" : "s"} of weight ${Math.round(weight * 100) / 100} cross${crossing.length === 1 ? "es" : ""} the border.`
      : "Nothing crosses the border.";
    byId("step-costs").replaceChildren(...costs.map((cost) => {
      const item = document.createElement("li");
      item.textContent = cost;
      return item;
    }));
    byId("back").disabled = at === 0;
    byId("forth").disabled = at === steps.length - 1;
    nodes.forEach((node) => node.classList.toggle("calm", calm.includes(node.dataset.skill)));
    links.forEach((link) => link.classList.toggle("cut", crossing.includes(Number(link.dataset.link))));
  }

  function reveal(hash) {
    const chosen = hash ? byId(hash.slice(1)) : null;
    if (!chosen?.classList.contains("evidence")) return;
    chosen.open = true;
    links.forEach((link) => {
      if (link.getAttribute("href") === hash) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    chosen.querySelector("summary").focus();
  }

  const table = byId("inventory"), skills = [...table.tBodies], heads = all("th", table.tHead), unfold = byId("unfold");

  function filter() {
    const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const skill of skills) skill.hidden = !words.every((word) => skill.textContent.toLowerCase().includes(word));
    byId("shown").textContent = `${skills.filter((skill) => !skill.hidden).length} of ${skills.length} skills`;
  }

  function sort(column) {
    const ascending = heads[column].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head, index) => head.setAttribute("aria-sort", index !== column ? "none" : ascending ? "ascending" : "descending"));
    const cell = (skill) => skill.rows[0].cells[column];
    const key = (skill) => cell(skill).dataset.sort ?? cell(skill).textContent.trim();
    const compare = (a, b) => String(key(a)).localeCompare(String(key(b)), "en", { numeric: true });
    skills.sort((a, b) => (ascending ? compare(a, b) : compare(b, a)));
    table.append(...skills);
  }

  function fold(skill, open) {
    skill.rows[1].hidden = !open;
    skill.querySelector(".fold").setAttribute("aria-expanded", String(open));
  }

  byId("back").addEventListener("click", () => show(at - 1));
  byId("forth").addEventListener("click", () => show(at + 1));
  byId("filter").addEventListener("input", filter);
  heads.forEach((head, index) => head.querySelector("button").addEventListener("click", () => sort(index)));
  skills.forEach((skill) => skill.querySelector(".fold").addEventListener("click", () => fold(skill, skill.rows[1].hidden)));
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") === "false";
    unfold.setAttribute("aria-pressed", String(open));
    unfold.textContent = open ? "fold all" : "unfold all";
    skills.forEach((skill) => fold(skill, open));
  });
  links.forEach((link) => link.addEventListener("click", () => setTimeout(() => reveal(link.getAttribute("href")))));
  window.addEventListener("hashchange", () => reveal(location.hash));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target.tagName !== "INPUT") {
      event.preventDefault();
      byId("filter").focus();
    }
  });
  show(0);
  filter();
  reveal(location.hash);
})();
