"""The only room that imports Rasa: components, importer, actions and the seams.

Importing anything here puts the seams in place: a model that is loaded imports its
components, and nothing else of this package.
"""

from router.rasa import seams

seams.install()
