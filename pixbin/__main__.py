"""`python -m pixbin`."""

from pixbin.cli import main

main()
