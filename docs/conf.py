"""Settings of the documentation site: Sphinx, with pages in Markdown."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

import pixbin

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

project = "pixbin"
author = "The pixbin authors"
version = release = pixbin.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build", "_generated"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the parts that are included begin below the first level

smartquotes = False  # `--size` has two hyphens
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings state types, in words that are shorter to read
napoleon_google_docstring = False
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"pixbin {version}"
html_static_path = ["_static"]
html_css_files = ["pixbin.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a1c4c", "color-brand-content": "#1f4fa3"},
    "dark_css_variables": {"color-brand-primary": "#ffb545", "color-brand-content": "#ffb545"},
}


def _generate(app: Sphinx) -> None:
    import generate

    generate.write(DOCS / "_generated")


def setup(app: Sphinx) -> None:
    """Write the generated tables before Sphinx reads the pages."""
    app.connect("builder-inited", _generate)
