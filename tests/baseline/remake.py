"""Make the golden numbers again: ``python -m tests.baseline.remake`` in the checkout."""

from __future__ import annotations

from tests.baseline.golden import FILE, kept, remake


def main() -> None:
    before = kept()["outcomes"] if FILE.exists() else {}
    after = remake()["outcomes"]
    for name, count in after.items():
        moved = "" if before.get(name, count) == count else f"   (was {before[name]})"
        print(f"{name:30} {count:6}{moved}")


if __name__ == "__main__":
    main()
