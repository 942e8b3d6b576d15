"""Other systems, each run as its makers ship it, in an environment of its own: never a dependency of Raut's.

A runner is a program that is given a folder with a clip and answers each line `N` on its standard input with one line of
JSON: the CPU milliseconds of N more frames (`ms`), how many faces each had (`faces`), and what it says of the last one's
(`found`). So all of them wait in turn while one works.
"""
