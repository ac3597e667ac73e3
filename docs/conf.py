"""Sphinx: MyST pages, the API from docstrings, sources cited by key from references.bib."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the extensions in docs

project = "relsim"
author = "the relsim developers"
project_copyright = author
version = release = installed_version("relsim-ir")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinxcontrib.bibtex",
    "docs.first_use",
    "docs.mathml",
    "docs.wide_tables",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}  # autosummary writes .rst
exclude_patterns = ["_build", "pages"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# api.md lists the public names; a test sees that none of relsim.__all__ is left out.
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's Parameters sections carry the types
numpydoc_show_class_members = False

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "relsim"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
