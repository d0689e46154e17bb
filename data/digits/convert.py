"""Makes the two IDX files beside it from scikit-learn's copy of the digits: python3 convert.py digits.csv.gz

The CSV file is sklearn/datasets/data/digits.csv.gz of any scikit-learn release: 1797 lines of 64 pixels and a label.
"""

import csv
import gzip
import pathlib
import struct
import sys

BYTES = 8  # the IDX code of unsigned bytes

here = pathlib.Path(__file__).parent
with gzip.open(sys.argv[1], "rt") as file:
    rows = [[int(float(number)) for number in row] for row in csv.reader(file)]
images = struct.pack(">BBBBIII", 0, 0, BYTES, 3, len(rows), 8, 8) + bytes(pixel for row in rows for pixel in row[:64])
labels = struct.pack(">BBBBI", 0, 0, BYTES, 1, len(rows)) + bytes(row[64] for row in rows)
(here / "images.idx3-ubyte").write_bytes(images)
(here / "labels.idx1-ubyte").write_bytes(labels)
