"""Trains gensim's Doc2Vec on tokens, a document a line, and prints the seconds of train() alone."""

import sys
import time

from gensim.models.doc2vec import Doc2Vec, TaggedDocument

path, epochs = sys.argv[1], int(sys.argv[2])
with open(path, encoding="utf-8") as file:
    documents = [TaggedDocument(line.split(), [i]) for i, line in enumerate(file)]
model = Doc2Vec(vector_size=40, min_count=2, epochs=epochs, workers=1)
model.build_vocab(documents)
start = time.perf_counter()
model.train(documents, total_examples=model.corpus_count, epochs=model.epochs)
print(time.perf_counter() - start)
