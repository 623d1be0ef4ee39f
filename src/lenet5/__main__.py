"""`python -m lenet5`."""

from lenet5.cli import main

main()
