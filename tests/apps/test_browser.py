"""The shop in a real browser. Screenshots are left in ``out/shop`` to be looked at."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.apps.screenshots import screenshot

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]
RESULT_MS = 90_000


def test_a_photo_is_taken_with_the_camera(page: Page):
    page.locator(".st-key-person_source").get_by_text("Upload").click()
    page.get_by_text("Take it with the camera").click()
    # Before the camera shows anything, the button takes nothing.
    page.wait_for_function("() => document.querySelector('video')?.readyState === 4")
    page.get_by_role("button", name="Take Photo").click()
    page.get_by_role("button", name="Remove").wait_for(timeout=RESULT_MS)  # it is there, as an upload would be,
    expect(page.get_by_test_id("stAlert").first).to_contain_text("No person was found")  # and looked at


def test_from_first_view_to_download(page: Page, samples: list[Path]):
    button = page.get_by_role("button", name="Try it on")
    expect(button).to_be_enabled()
    button.click()
    expect(button).to_be_disabled()
    download_button = page.get_by_role("button", name="Download PNG")
    download_button.wait_for(timeout=RESULT_MS)
    expect(button).to_be_enabled()

    whole = np.array(Image.open(samples[0]))
    pictures = {}
    for kind, name in (("PNG", "try-on.png"), ("JPEG", "try-on.jpg")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        assert download.value.suggested_filename == name
        picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert picture.format == kind
        pictures[kind] = np.array(picture)
        assert pictures[kind].shape == whole.shape
    assert np.abs(pictures["PNG"].astype(int) - pictures["JPEG"]).mean() < 3

    slider = page.get_by_role("slider", name="Divider between before and after")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    cut = page.evaluate(
        "input => getComputedStyle(input.closest('.compare').querySelector('.after')).clipPath",
        slider.element_handle(),
    )
    assert cut == "inset(0px 0px 0px 55%)"
    before, after = page.get_by_alt_text("The person photo as it was"), page.get_by_alt_text("wearing the garment")
    assert before.bounding_box() == after.bounding_box()

    page.get_by_role("button", name="Look closer").click()
    closer = page.get_by_role("dialog").get_by_alt_text("wearing the garment")
    page.wait_for_function("image => image.complete && image.clientWidth > 0", arg=closer.element_handle())
    assert closer.evaluate("image => [image.naturalHeight, image.naturalWidth]") == list(whole.shape[:2])
    view = page.get_by_role("region", name="Plus and minus change its size")
    inside = "view => view.scrollWidth <= view.clientWidth && view.scrollHeight <= view.clientHeight"
    assert view.evaluate(inside)  # whole at first
    larger = page.get_by_role("button", name="Larger")
    while larger.is_enabled():
        larger.click()
    assert closer.bounding_box()["width"] == pytest.approx(4 * whole.shape[1], abs=2)
    view.press("ArrowDown")
    box = view.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    left = view.evaluate("view => view.scrollLeft")
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 200, steps=5)
    page.mouse.up()
    assert view.evaluate("view => view.scrollLeft") == pytest.approx(left + 50, abs=2)
    screenshot(page, "closer")
    view.press("0")
    assert view.evaluate(inside)
    page.keyboard.press("Escape")
    closer.wait_for(state="detached")

    page.get_by_text("Show steps").click()
    page.get_by_text("How it came about").wait_for()
    page.wait_for_timeout(1000)
    # Nothing is wider than the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    box = after.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]
    screenshot(page, "result")


def test_other_sample_by_keyboard_and_upload(page: Page, samples: list[Path]):
    group = page.get_by_role("radiogroup", name="Sample person")
    expect(group.get_by_role("radio")).to_have_count(len(samples))  # drawn by a script of the page, after the rest
    expect(group.get_by_role("radio", name="man tshirt")).to_be_checked()
    group.get_by_role("radio", name="man tshirt").focus()
    page.keyboard.press("ArrowLeft")
    name = "man suit"
    expect(group.get_by_role("radio", name=name)).to_be_checked()
    page.get_by_test_id("stImage").get_by_alt_text(name).first.wait_for()

    page.locator(".st-key-garment_source").get_by_text("Upload").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(samples[2]))
    page.get_by_alt_text("Your garment photo").wait_for()
    screenshot(page, "upload")
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("button", name="Download PNG").wait_for(timeout=RESULT_MS)


def test_unreadable_upload_is_explained(page: Page):
    page.locator(".st-key-person_source").get_by_text("Upload").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": b"Dear Sir or Madam"}
    )
    page.get_by_text("is no picture that can be read").wait_for()
    expect(page.get_by_role("button", name="Try it on")).to_be_disabled()
    screenshot(page, "error")


def test_refused_files_do_not_pile_up(page: Page, samples: list[Path]):
    page.locator(".st-key-person_source").get_by_text("Upload").click()
    dropzone = page.get_by_test_id("stFileUploaderDropzoneInput")
    for name in ("first.txt", "second.txt", "third.txt"):
        dropzone.set_input_files({"name": name, "mimeType": "text/plain", "buffer": b"Dear Sir or Madam"})
        page.get_by_text(name).wait_for()
    screenshot(page, "refused")
    assert page.get_by_text("text/plain files are not allowed").last.bounding_box()["height"] > 10
    shown = [name for name in ("first.txt", "second.txt", "third.txt") if page.get_by_text(name).is_visible()]
    assert shown == ["third.txt"]
    dropzone.set_input_files(str(samples[2]))
    page.get_by_alt_text("Your person photo").wait_for()
    expect(page.get_by_text("third.txt")).to_have_count(0)


def test_the_visit_is_remembered_and_a_new_one_keeps_samples(page: Page, samples: list[Path]):
    person, garment = page.locator(".st-key-person_source"), page.get_by_role("radiogroup", name="Sample garment")
    garment.get_by_role("radio", name="woman coat").check(force=True)
    page.get_by_test_id("stImage").get_by_alt_text("woman coat").first.wait_for()
    person.get_by_text("Upload").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(samples[2]))
    mine = page.get_by_alt_text("Your person photo")
    mine.wait_for()
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("button", name="Download PNG").wait_for(timeout=RESULT_MS)

    person.get_by_text("Sample").click()
    page.get_by_role("radiogroup", name="Sample person").wait_for()
    expect(mine).to_have_count(0)
    person.get_by_text("Upload").click()
    mine.wait_for()
    page.get_by_role("button", name="Download PNG").wait_for()

    for name in ("About", "Fitting room"):
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name).wait_for()
    mine.wait_for()
    page.get_by_role("button", name="Download PNG").wait_for()
    expect(garment.get_by_role("radio", name="woman coat")).to_be_checked()
    page.wait_for_url("**/fitting?person=upload&garment=woman+coat")
    screenshot(page, "remembered")

    page.reload()
    page.get_by_text("choose yours again").wait_for()
    expect(garment.get_by_role("radio", name="woman coat")).to_be_checked()
    expect(mine).to_have_count(0)


def test_one_of_several_people(page: Page, samples: list[Path]):
    left, right = (Image.open(path) for path in samples[2:4])
    group = Image.new("RGB", (1536, 1024))
    group.paste(left, (0, 0))
    group.paste(right, (768, 0))
    out = io.BytesIO()
    group.save(out, "JPEG")
    page.locator(".st-key-person_source").get_by_text("Upload").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "us_two *at* home.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    page.get_by_test_id("stText").get_by_text("us_two *at* home.jpg").wait_for()
    page.get_by_text("Which one are you?").wait_for()
    page.get_by_role("radio", name="2").click()
    page.get_by_alt_text("2 people, numbered from the left; number 2 is chosen").wait_for()
    page.get_by_role("button", name="Options").click()
    page.get_by_text("Straighten the pose first").wait_for()
    screenshot(page, "several")


def test_the_result_follows_brush_and_points(page: Page):
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("button", name="Download PNG").wait_for(timeout=RESULT_MS)
    page.get_by_text("Correct the machine").click()
    stage = page.get_by_role("group", name="Paint what is the old garment.")
    stage.wait_for()
    apply, undo = (page.get_by_role("button", name=name, exact=True).first for name in ("Show the result", "Undo"))
    expect(apply).to_be_disabled()
    result = page.get_by_alt_text("The result with your corrections")
    sources = [result.get_attribute("src")]

    def applied() -> None:
        apply.click()
        expect(result).not_to_have_attribute("src", sources[-1], timeout=RESULT_MS)
        sources.append(result.get_attribute("src"))
        expect(apply).to_be_disabled()

    # A stroke by the mouse, over the chest, that stays as it is.
    page.get_by_role("radio", name="Stays in front").first.check(force=True)
    stage = page.get_by_role("group", name="Paint what has to stay as it is")
    stage.scroll_into_view_if_needed()
    area = stage.bounding_box()
    start, end = ((area["x"] + x * area["width"], area["y"] + 0.3 * area["height"]) for x in (0.45, 0.55))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()
    screenshot(page, "brush")
    applied()
    # A dab by the keys.
    page.get_by_role("radio", name="Comes off").first.check(force=True)
    stage = page.get_by_role("group", name="Paint what is the old garment.")
    stage.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", " "):
        page.keyboard.press(key)
    expect(apply).to_be_enabled()
    undo.click()
    expect(apply).to_be_disabled()
    # A point by the keys, and back.
    page.get_by_role("radio", name="Move points").first.check(force=True)
    point = page.get_by_role("button", name="left shoulder")
    before = point.bounding_box()["x"]
    point.focus()
    page.keyboard.press("Shift+ArrowRight")
    moved = point.bounding_box()["x"] - before
    assert abs(moved - 0.05 * area["width"]) < 1
    applied()
    # By the mouse; the tool, strokes and points are still there.
    box = point.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - moved, y + 20, steps=4)
    page.mouse.up()
    assert abs(point.bounding_box()["x"] - before) < 1
    applied()
    assert len(set(sources)) == 4
    screenshot(page, "points")


def test_from_the_grid_to_a_product_that_is_tried_on(page: Page, address: str):
    page.goto(address)
    grid = page.get_by_role("list", name="Products")
    expect(grid.get_by_role("link")).to_have_count(12)
    screenshot(page, "grid")
    page.get_by_test_id("stButtonGroup").get_by_text("Dresses").click()
    expect(grid.get_by_role("link")).to_have_count(4)
    page.wait_for_url("**/?category=Dresses")

    page.reload()  # the link opens the view again
    expect(grid.get_by_role("link")).to_have_count(4)
    picture = grid.locator("img").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    link = grid.get_by_role("link", name="Sheath dress, emerald")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Sheath dress, emerald").wait_for()
    page.wait_for_url("**/product?item=sheath-dress-emerald")
    page.get_by_alt_text("Sheath dress, emerald, picture 1 of 1").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    screenshot(page, "product")
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("heading", name="Fitting room").wait_for()
    page.get_by_role("button", name="Download PNG").wait_for(timeout=RESULT_MS)
    page.get_by_alt_text("The person wearing the garment").wait_for()
    screenshot(page, "tried")


def test_from_the_bag_to_the_order(page: Page, address: str):
    page.goto(f"{address}/product?item=oxford-shirt")
    page.get_by_test_id("stButtonGroup").get_by_text("XXL").click()
    page.get_by_role("button", name="Add to bag").click()
    page.get_by_text("Oxford shirt is in your bag.").wait_for()
    page.get_by_role("link", name="Bag (1)").click()
    page.get_by_text("Total: 32.90 EUR").wait_for()
    page.get_by_label("Quantity").fill("2")
    page.get_by_label("Quantity").press("Enter")
    page.get_by_text("Total: 65.80 EUR").wait_for()
    screenshot(page, "bag")
    page.reload()  # another session, which knows the bag by the browser's cookie
    page.get_by_text("Total: 65.80 EUR").wait_for()
    page.get_by_role("button", name="Place order").click()
    page.get_by_text("The name is missing.").wait_for()
    for label, text in {
        "Name": "Ada Low", "E-mail address": "ada@example.com", "Street and number": "1 Mill Lane",
        "Postcode": "AB1 2CD", "City": "Leeds", "Country": "UK",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Place order").click()
    page.get_by_text("Thank you. Your order has the number").wait_for()
    page.get_by_text("2 × Oxford shirt (XXL, blue), 32.90 EUR each").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    screenshot(page, "ordered")


def test_about_page(page: Page, address: str):
    page.goto(f"{address}/about")
    page.get_by_role("heading", name="About the fitting room").wait_for()
    screenshot(page, "about")
