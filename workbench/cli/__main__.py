"""``python -m workbench.cli`` is ``wb``."""

from workbench.cli import main

if __name__ == "__main__":
    main()
