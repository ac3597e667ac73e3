"""Keep the figures of the documentation small: half the width, 64 colours."""

import sys
from pathlib import Path

from PIL import Image

WIDTH, COLOURS = 1200, 64  # pixels; enough for thin lines and pale bands


def shrink(source: Path, target: Path) -> None:
    """Write a smaller copy of a PNG."""
    with Image.open(source) as image:
        height = round(image.height * WIDTH / image.width)
        small = image.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted(folder.glob("*.png")):
        shrink(source, out / source.name)
