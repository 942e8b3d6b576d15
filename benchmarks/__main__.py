"""`python run.py bench NAME`: each benchmark is a module here with a click `command`."""

from __future__ import annotations

from typing import Final

from cli.command import group_of, main_of

COMMANDS: Final = {
    "live": "the whole page in a real Chromium: results a second and round trip",
    "cameras": "several cameras at once: results a second of each, and what they cost",
    "fairness": "what cameras keep of their rate while another client floods the server",
    "soak": "cameras and watchers come and go: memory, file descriptors and FPS over time",
    "dashboard": "the dashboard with many cameras: updates a second, CPU, the page's memory",
    "frames": "the server alone: CPU milliseconds a frame, by stage, and the event loop's lag",
    "kernels": "decode, detection and CNNs by themselves in a hot loop, and the server as a ratio to them",
    "budgets": "what the limits on clients cost an honest camera's frame, as a share of its CPU time",
    "peers": "Raut and other systems on the same clip, one core each",
    "steadiness": "clips as cameras: do faces keep their numbers and their labels?",
    "tracking": "following ten faces: CPU milliseconds a frame",
    "screenshots": "a picture of every page and state, at three widths, in both themes and languages",
    "nodes": "a thousand nodes' messages and one real Redis: what they cost it, without pictures",
    "screenshot": "the picture in the README, from the real page with the portrait before its camera",
}

command = group_of(COMMANDS, "benchmarks", "Measure the page or the server; each command prints a table.")

if __name__ == "__main__":
    main_of(command, "run.py bench")
