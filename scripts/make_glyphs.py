"""Make src/lenet5/data/glyphs.npz: digits, letters and signs of handwriting fonts under open licences.

    python scripts/make_glyphs.py

The fonts come from npm's packages `@fontsource/NAME`, so npm must be there; all are under the SIL Open Font Licence,
the Apache or the MIT licence, which let pictures of their letters go anywhere. Every fourth font is left out of
training and goes into glyphs_left_out.npz, to measure on.
"""

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lenet5.data.drawing import as_pattern
from lenet5.data.everyday import NO_DIGIT
from lenet5.data.glyphs import FILE, LEFT_OUT

FONTS = """
    amatic-sc annie-use-your-telescope architects-daughter bad-script borel cause caveat caveat-brush cedarville-cursive
    coming-soon cookie courgette covered-by-your-grace crafty-girls damion dancing-script dawning-of-a-new-day dekko
    delicious-handrawn delius dongle east-sea-dokdo edu-nsw-act-foundation edu-sa-beginner gaegu gamja-flower
    give-you-glory gloria-hallelujah gochi-hand grape-nuts hachi-maru-pop handlee hi-melody homemade-apple indie-flower
    itim julee just-another-hand just-me-again-down-here kalam klee-one kristi la-belle-aurore liu-jian-mao-cao
    long-cang loved-by-the-king mali mansalva marck-script merienda mynerve nanum-brush-script nanum-pen-script
    nerko-one neucha nothing-you-could-do over-the-rainbow pangolin patrick-hand permanent-marker playpen-sans
    playwrite-de-grund playwrite-fr-moderne playwrite-in playwrite-us-trad poor-story rancho reenie-beanie rock-salt
    satisfy schoolbell sedgwick-ave shadows-into-light shadows-into-light-two short-stack single-day square-peg sriracha
    sue-ellen-francisco sunshiney swanky-and-moo-moo the-girl-next-door vibur waiting-for-the-sunrise walter-turncoat
    yomogi yusei-magic zen-kurenaido zeyada zhi-mang-xing
"""
DIGITS = "0123456789"
# Without O, o, D, Q, I, l, i, j, J, Z, z, S, s, B, b, G, g, q, y and signs that are like digits.
NO_DIGITS = "ACEFHKLMNPRTUVWXYacdefhkmnprtuvwx+×÷=%&#@*~<?€^µ"
# Four bits of grey are enough, and half the size.
LEVELS = 17


def main() -> None:
    """Fetch, draw, write."""
    with tempfile.TemporaryDirectory() as folder:
        fonts = [font_of(name, Path(folder)) for name in FONTS.split()]
    write(FILE, [font for n, font in enumerate(fonts) if n % 4 != 3])
    write(LEFT_OUT, fonts[3::4])


def font_of(name: str, folder: Path) -> ImageFont.FreeTypeFont:
    """A font of npm's."""
    command = ["npm", "pack", "--silent", f"@fontsource/{name}", "--pack-destination", str(folder)]
    packed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    with tarfile.open(folder / packed) as package:
        file = package.extractfile(f"package/files/{name}-latin-400-normal.woff")
        return ImageFont.truetype(io.BytesIO(file.read()), 100)


def write(file: Path, fonts: list[ImageFont.FreeTypeFont]) -> None:
    """Every character that every font has."""
    patterns, labels = [], []
    for font in fonts:
        missing = bytes(font.getmask("\uffff"))
        for character in DIGITS + NO_DIGITS:
            mask = font.getmask(character)
            if min(mask.size) < 2 or bytes(mask) == missing:
                continue
            page = Image.new("L", (300, 300))
            ImageDraw.Draw(page).text((80, 60), character, font=font, fill=255)
            pattern = as_pattern(cv2.GaussianBlur(np.array(page), (0, 0), 1.2))
            patterns.append(pattern // LEVELS * LEVELS)
            labels.append(DIGITS.index(character) if character in DIGITS else NO_DIGIT)
    np.savez_compressed(file, patterns=np.array(patterns, np.uint8), labels=np.array(labels, np.int64))


if __name__ == "__main__":
    main()
