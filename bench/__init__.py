"""What the studio reaches on this machine, measured through the same facade as everything else.

``python -m studio bench`` prints a table for people and one JSON line last. Every figure stands
beside a baseline taken in the same run wherever one makes sense, because machines differ.
"""
