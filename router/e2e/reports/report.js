"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const filter = byId("filter"), tag = byId("tag"), buttons = all("button[data-status]");
  const views = all(".view"), tabs = all("[data-view]");
  const rows = all("#list li").map((item) => {
    const link = item.querySelector("a");
    const article = byId(link.hash.slice(1));
    return { item, link, article, tags: item.dataset.tags.split("\n"), text: null };
  });
  let current = null;

  const shown = () => rows.filter((row) => !row.item.hidden);
  const textOf = (row) => (row.text ??= `${row.link.textContent} ${row.article.textContent}`.toLowerCase());

  function open(view) {
    views.forEach((each) => { each.hidden = each.id !== view; });
    tabs.forEach((tab) => {
      if (tab.dataset.view === view) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    });
  }

  function mark(row, isCurrent) {
    row.article.hidden = !isCurrent;
    row.link.tabIndex = isCurrent ? 0 : -1;
    if (isCurrent) row.link.setAttribute("aria-current", "true");
    else row.link.removeAttribute("aria-current");
  }

  function select(row) {
    if (current) mark(current, false);
    if (row) mark(row, true);
    current = row;
    byId("nothing").hidden = Boolean(row);
  }

  // Moving by keys changes the address without a step in the browser's history for each case.
  function go(row) {
    select(row);
    history.replaceState(null, "", row.link.hash);
    row.link.focus();
    row.link.scrollIntoView({ block: "nearest" });
  }

  function apply() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = buttons.filter((b) => b.getAttribute("aria-pressed") === "true").map((b) => b.dataset.status);
    for (const row of rows) {
      const fits = (!statuses.length || statuses.includes(row.item.dataset.status))
        && (!tag?.value || row.tags.includes(tag.value))
        && words.every((word) => textOf(row).includes(word));
      if (row.item.hidden === fits) row.item.hidden = !fits;
    }
    const left = shown();
    byId("shown").textContent = left.length === rows.length
      ? `${rows.length} case${rows.length === 1 ? "" : "s"}` : `${left.length} of ${rows.length} cases`;
    if (!current || current.item.hidden) select(left[0] ?? null);
  }

  function follow() {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    const view = target?.closest(".view");
    open(view ? view.id : "cases");
    const article = target?.closest("article");
    if (!article) return;
    const row = rows.find((each) => each.article === article);
    if (row.item.hidden) reset();
    select(row);
    row.link.scrollIntoView({ block: "nearest" });
    if (target === article) article.querySelector("h2").focus({ preventScroll: true });
    target.scrollIntoView({ block: target === article ? "nearest" : "start" });
  }

  function reset() {
    filter.value = "";
    if (tag) tag.value = "";
    buttons.forEach((each) => each.setAttribute("aria-pressed", "false"));
    apply();
  }

  function step(by) {
    const left = shown();
    const at = left.indexOf(current);
    const row = left[Math.min(Math.max(at + by, 0), left.length - 1)];
    if (row) go(row);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select");
    const inList = Boolean(event.target.closest("#list"));
    const { key } = event;
    if (key === "/" && !typing) {
      open("cases");
      filter.focus();
      filter.select();
    } else if (key === "Escape" && event.target === filter && filter.value) {
      filter.value = "";
      apply();
    } else if (key === "Escape" && current && !byId("cases").hidden) {
      current.link.focus();
    } else if (key === "ArrowDown" && event.target === filter) {
      if (current) go(current);
    } else if ((inList && key === "ArrowDown") || (!typing && key === "j")) {
      step(1);
    } else if ((inList && key === "ArrowUp") || (!typing && key === "k")) {
      step(-1);
    } else if (inList && key === "Home") {
      step(-rows.length);
    } else if (inList && key === "End") {
      step(rows.length);
    } else {
      return;
    }
    event.preventDefault();
  });
  // A case that is chosen already: Enter still leads to it.
  byId("list").addEventListener("click", (event) => {
    if (event.target.closest("a")?.hash !== location.hash) return;
    event.preventDefault();
    follow();
  });
  filter.addEventListener("input", apply);
  tag?.addEventListener("change", apply);
  buttons.forEach((each) => each.addEventListener("click", () => {
    each.setAttribute("aria-pressed", String(each.getAttribute("aria-pressed") !== "true"));
    apply();
  }));
  window.addEventListener("hashchange", follow);
  rows.forEach((row) => mark(row, false));
  select(rows[0] ?? null);
  follow();
})();
