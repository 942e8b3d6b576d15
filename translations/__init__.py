"""What the pages say: one gettext catalogue a language, for templates and scripts alike.

A text has a key, which the code names (`t("stop.camera")`), and each `LANGUAGE.po` has its text in that language. English
is the source: what it lacks is missing, whatever another language has. `python run.py translate` brings all of them
up to date with the code.
"""
