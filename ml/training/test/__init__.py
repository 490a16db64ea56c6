"""Tests of the training code, on files that they write themselves.

cd ml/training && python -m unittest discover -s test -t .
"""
