"""Many at once in a real browser."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.apps.screenshots import screenshot
from tryon.core import photo

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]
PAIR_MS = 60_000


def test_from_the_shop_to_the_zip(page: Page, address: str):
    page.goto(f"{address}/?category=Dresses")
    page.get_by_role("link", name="Try all of these on").click()
    page.get_by_role("heading", name="Many at once").wait_for()
    page.get_by_role("button", name="Try on 4 products").click()
    page.get_by_text("4 pictures of 4 products.").wait_for(timeout=4 * PAIR_MS)
    expect(page.get_by_alt_text("Tried on: ")).to_have_count(4)
    expect(page.get_by_role("button", name="Try on 4 products")).to_be_enabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all (zip)").click()
    assert download.value.suggested_filename == "try-ons.zip"
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as file:
        names = file.namelist()
        assert len(names) == 6
        assert names[-2:] == ["contact-sheet.jpg", "report.csv"]
        assert [photo.load(file.read(name)).shape for name in names[:4]] == [(1024, 768, 3)] * 4
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    screenshot(page, "batch")


def test_cancel(page: Page, address: str):
    page.goto(f"{address}/batch?category=Shirts")
    page.get_by_role("button", name="Try on 10 products").click()
    page.get_by_alt_text("Tried on: ").first.wait_for(timeout=PAIR_MS)
    screenshot(page, "batch_running")
    page.get_by_role("button", name="Cancel").click()
    ended = page.get_by_text("Canceled. ")
    ended.wait_for(timeout=PAIR_MS)
    count = int(ended.inner_text().split()[1])
    assert 1 <= count < 10
    page.wait_for_timeout(3000)  # nothing more comes
    expect(page.get_by_alt_text("Tried on: ")).to_have_count(count)
    expect(page.get_by_role("button", name="Try on 10 products")).to_be_enabled()
    page.get_by_role("button", name="Download all (zip)").wait_for()

    # What is done stays while the visitor looks at another page, and is gone when the page is loaded anew.
    page.get_by_role("link", name="About", exact=True).click()
    page.get_by_role("heading", name="About the fitting room").wait_for()
    page.get_by_role("link", name="Many at once", exact=True).click()
    expect(page.get_by_alt_text("Tried on: ")).to_have_count(count)
    page.reload()
    page.get_by_role("heading", name="Many at once").wait_for()
    page.get_by_role("button", name="Try").first.wait_for()
    expect(page.get_by_alt_text("Tried on: ")).to_have_count(0)
