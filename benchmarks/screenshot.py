"""`bench screenshot`: the README's picture, from the real page with the public-domain portrait before its camera."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from benchmarks.harness.browser import chromium
from benchmarks.harness.camera import portrait_camera
from benchmarks.harness.serving import serving
from benchmarks.options import ABOVE_ZERO, models_option
from cli.paths import OutputFile


@click.command()
@click.option("--out", type=OutputFile(), metavar="FILE", default=Path("docs/screenshot.png"), show_default=True)
@click.option("--width", type=int, default=1440, show_default=True, help="Of the window, in CSS pixels.")
@click.option("--height", type=int, default=1240, show_default=True, help="Of the window, in CSS pixels.")
@click.option("--scale", type=ABOVE_ZERO, default=1, show_default=True, help="Device pixels per CSS pixel.")
@click.option("--seconds", type=ABOVE_ZERO, default=62, show_default=True, help="Let the charts fill for so long.")
@click.option("--dark", is_flag=True, help="The dark colours.")
@models_option
def command(
    *, out: Path, width: int, height: int, scale: float, seconds: float, dark: bool, models: Path | None
) -> None:
    """Take the README's picture of the real page, with the public-domain portrait before its camera."""
    flags = ["--models", str(models)] if models else []
    with tempfile.TemporaryDirectory(prefix="raut-camera-") as folder:
        camera = portrait_camera(Path(folder) / "Webcam.y4m")
        with serving(*flags) as server, chromium(camera=camera.flag) as browser:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                device_scale_factor=scale,
                color_scheme="dark" if dark else "light",
            )
            page.goto(server.url)
            page.get_by_role("button", name="Start camera").click()
            page.wait_for_function("() => raut.overlay().boxes.length > 0", timeout=30_000, polling=200)
            page.wait_for_timeout(1000 * seconds)
            # The fake camera has its file's path as a name; a webcam has a short one.
            page.evaluate("() => { document.querySelector('#camera-picker option').textContent = 'Webcam'; }")
            page.mouse.move(0, 0)
            page.evaluate("() => document.activeElement.blur()")
            out.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=out)
    print(f"{out}: {width} × {height}")
