"""`bench screenshot`: the README's picture, from the real page with the public-domain portrait before its camera."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.browser import chromium
from benchmarks.harness.camera import portrait_camera
from benchmarks.harness.serving import serving


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes the screenshot."""
    parser = argparse.ArgumentParser("run.py bench screenshot", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/screenshot.png"), help="where to write the PNG")
    parser.add_argument("--width", type=int, default=1440, help="of the window, in CSS pixels (default: 1440)")
    parser.add_argument("--height", type=int, default=1240, help="of the window, in CSS pixels (default: 1240)")
    parser.add_argument("--scale", type=float, default=1, help="device pixels per CSS pixel (default: 1)")
    parser.add_argument("--seconds", type=float, default=62, help="let the charts fill for so long (default: 62)")
    parser.add_argument("--dark", action="store_true", help="the dark colours")
    parser.add_argument("--models", type=Path, help="folder of the models (default: the shipped ones)")
    options = parser.parse_args(arguments)
    flags = ["--models", str(options.models)] if options.models else []
    with tempfile.TemporaryDirectory(prefix="raut-camera-") as folder:
        camera = portrait_camera(Path(folder) / "Webcam.y4m")
        with serving(*flags) as server, chromium(camera=camera.flag) as browser:
            page = browser.new_page(
                viewport={"width": options.width, "height": options.height},
                device_scale_factor=options.scale,
                color_scheme="dark" if options.dark else "light",
            )
            page.goto(server.url)
            page.get_by_role("button", name="Start camera").click()
            page.wait_for_function("() => raut.overlay().boxes.length > 0", timeout=30_000, polling=200)
            page.wait_for_timeout(1000 * options.seconds)
            # The fake camera is called by its file's path: a person's would have a name.
            page.evaluate("() => { document.querySelector('#camera-picker option').textContent = 'Webcam'; }")
            page.mouse.move(0, 0)
            page.evaluate("() => document.activeElement.blur()")
            options.out.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=options.out)
    print(f"{options.out}: {options.width} × {options.height}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
