"""Fits scikit-learn's LatentDirichletAllocation to a counts file; prints its seconds, then milliseconds of one transform."""

import gzip
import json
import sys
import time

from scipy.sparse import csr_matrix
from sklearn.decomposition import LatentDirichletAllocation

path, topics, words = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with gzip.open(path, "rt", encoding="utf-8") as file:
    sets = json.load(file)


def matrix(rows):
    shape = (rows["rows"], rows["cols"])
    return csr_matrix((rows["data"], rows["indices"], rows["indptr"]), shape=shape, dtype=float)


train, heldout = matrix(sets["train"]), matrix(sets["heldout"])
model = LatentDirichletAllocation(topics, random_state=0)
start = time.perf_counter()
model.fit(train)
fitted = time.perf_counter() - start
document = max(heldout, key=lambda row: -abs(row.nnz - words))
runs = 200
start = time.perf_counter()
for _ in range(runs):
    model.transform(document)
print(fitted, (time.perf_counter() - start) / runs * 1000)
