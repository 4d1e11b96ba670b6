"""The figures that the README quotes are those of the files in results/."""

import json
import re
from pathlib import Path

import pytest

from tests.evaluate.test_report import RESULTS, excused

README = (Path(__file__).parents[1] / "README.md").read_text()
METHODS = {
    "the person unchanged": "true_unchanged",
    "affine map": "true_affine",
    "thin-plate spline": "true_tps",
    "pose flow, nothing else": "true_pose_flow",
    "pose flow, a plain fill": "true_plain_fill",
    "the program, exact labels": "true_program",
    "pose flow, own readings": "own_pose_flow",
    "the program, own readings": "own_program",
}
GROUPS = {"everybody": "all"} | {
    f"{part}: {name}": f"{part}_{name}"
    for part, names in {
        "sex": ("female", "male"),
        "tone": ("light", "medium", "dark"),
        "build": ("slim", "average", "heavy"),
    }.items()
    for name in names
}
HPN_MEASURES = ("ssim", "foreground_ssim", "local_ssim", "l1", "psnr", "vgg", "lpips")
ARMS = {
    "Baseline": "baseline",
    "LD": "ld",
    "PT": "pt",
    "LD+PT": "ld_pt",
    "LD+PT, align": "ld_pt_align",
    "LD+PT, align, copy": "ld_pt_align_copy",
}

# Words of the README with keys of the file in the place of the figures: {key} has three decimals, or the format behind
# a colon; {key±} is followed by its standard error, {key*number} is a count.
QUOTES = {
    "parser_val.json": [
        "| street photos | {miou_9} | {miou_merged5} | {iou_person} | {iou_person_zoomed_out} |",
        "| the same against mended labels | {audited_miou_9} | {audited_miou_merged5} | | |",
        "as shops show clothes | {catalog_miou_9} | {catalog_miou_merged5} | {catalog_iou_person} | |",
        "| {iou_hair} | {iou_skin} | {iou_upper} | {iou_outer} | {iou_dress} | {iou_skirt} | {iou_pants} | {iou_shoes} "
        "| {iou_bag} |",
        "a mean average precision of {ap_mean} (dress {ap_dress:.2f}, skirt {ap_skirt:.2f}, scarf {ap_scarf:.2f})",
        "{render_label_agreement:.1%} of the person's pixels get the right class",
    ],
    "pose_val.json": [
        "| photos | {pck_0.1} | {pck_0.2} |",
        "| photos cut between hips and mid-thigh | {crop_pck_0.1} | {crop_pck_0.2} |",
        "| people as shops show clothes | {catalog_pck_0.1} | {catalog_pck_0.2} |",
        "({render_number:.0f} pictures) | {render_pck_0.1} | {render_pck_0.2} |",
        "| those with a wrist before or behind the torso ({render_crossed_number:.0f} pictures) "
        "| {render_crossed_pck_0.1} | {render_crossed_pck_0.2} |",
    ],
    "groups_val.json": [
        f"| {title} | {{groups_{name}_number:.0f}} | {{groups_{name}_label_agreement±}} "
        f"| {{groups_{name}_iou_person±}} | {{groups_{name}_pck_0.1±}} |"
        for title, name in GROUPS.items()
    ],
    "swap_val.json": [
        "| pairs that gave a result | {done:.1%} |",
        "| results whose pixels outside the edit are bit for bit those of the photo | {preserved:.1%} |",
        "| drift of the key points, in torso lengths | {keypoint_drift} |",
        "| carried pixels that are read as the same class again | {label_agreement} |",
        "below the neckline, share of that region, mean | {exposed_skin_below_neckline_mean:.1%} |",
        "cream blouse that is read as skin | {exposed_skin_below_neckline_above_1_percent*number} of {number:.0f} |",
        "above 1%; the largest | {exposed_skin_above_1_percent*number} of {number:.0f}; {exposed_skin_max:.1%} |",
    ],
    "amodal_val.json": [
        "says of {all_right:.1%} of the pixels rightly whether the garment goes on there",
        "IoU of the garment there: {all_iou}",
    ],
    "tryon_val.json": [
        f"| {title} | {{{name}_ssim_changed±}} | {{{name}_l1_changed±}} | {{{name}_vgg_changed±}} | "
        f"{{{name}_outline_iou±}} | " + ("–" if "unchanged" in name else f"{{{name}_flow_error±:.1f}}") + " |"
        for group in ("triplets", "photos")
        for title, name in ((title, f"{group}_{method}") for title, method in METHODS.items())
        if title != "pose flow, own readings"
    ]
    + [
        "a plain fill comes nearer there: SSIM {photos_own_plain_fill_ssim_changed}, "
        "VGG-16 {photos_own_plain_fill_vgg_changed}"
    ],
    "tryon_flat_val.json": [
        f"| {title} | {{flat_{name}_ssim_changed±}} | {{flat_{name}_l1_changed±}} | {{flat_{name}_outline_iou±}} "
        f"| {{flat_{name}_flow_error±:.1f}} | {{flat_{name}_sleeve_error:.1f}} | {{flat_{name}_hem_error:.1f}} |"
        for title, name in METHODS.items()
        if name != "true_unchanged"
    ],
    "layout_val.json": [
        "the rules {triplets_rules_right_outside} on {triplets_number:.0f} renders and {photos_rules_right_outside} on "
        "{photos_number:.0f} photos",
        "{triplets_network_right_outside} and {photos_network_right_outside} by itself, "
        "{triplets_layout_right_outside} and {photos_layout_right_outside} where it may make up no skin",
    ],
    "render_val.json": [
        "SSIM where something changed {photos_rules_ssim_changed} → {photos_network_ssim_changed}, VGG-16 distance "
        "{photos_rules_vgg_changed} → {photos_network_vgg_changed}, L1 {photos_rules_l1_changed} → "
        "{photos_network_l1_changed}",
        "{triplets_rules_ssim_changed} → {triplets_network_ssim_changed}, {triplets_rules_vgg_changed} → "
        "{triplets_network_vgg_changed} and {triplets_rules_l1_changed} → {triplets_network_l1_changed}",
    ],
    "flat_val.json": [
        "| outline of the cloth, {outlines:.0f} photos, intersection over union; the lowest | {iou_cloth}; "
        "{iou_cloth_lowest} |",
        "| the same of {white:.0f} pale garments on pale ground | {iou_cloth_white} |",
        "| inside of the back of the garment, over all its pixels | {iou_inside} |",
        "| kind named rightly, {kinds:.0f} photos of 8 kinds | {right_kind} |",
        "garments without a wearer ({number:.0f}), street photos ({people:.0f}) | {told_flat}, {told_worn} |",
        "| refused: shoes ({things_shoes:.0f}), bags ({things_bags:.0f}), hats ({things_hats:.0f}), heaps of cloth "
        "({things_heaps:.0f}) | {refused_shoes}, {refused_bags}, {refused_hats}, {refused_heaps} |",
        "| outline of the cloth of the {outlines:.0f}, with somebody printed on it; told to have no wearer "
        "| {iou_cloth_printed}, {told_flat_printed} |",
        "| told to be turned: people who are and seem to be such a garment ({turned_worn:.0f}), turned garments "
        "({turned_flat:.0f}), upright ones | {told_turned_worn}, {told_turned_flat}, {told_turned_upright} |",
        "| {hand_points:.0f} corners within .1, and within .05, of the longer side of the garment's box "
        "| {hand_pck_0.1}, {hand_pck_0.05} |",
        "| {points:.0f} joints of 120 rendered garments, the same | {pck_0.1}, {pck_0.05} |",
    ],
    "hpn_val.json": [
        f"| {name.replace('_', ' ')} | " + " | ".join(f"{{{name}_{measure}±}}" for measure in HPN_MEASURES) + " |"
        for name in ("white", "empty", "mean", "copy", "limb_warp", "hpn")
    ],
    "hpn_ablation.json": [
        "| limb warp | {limb_warp_foreground_ssim} | {limb_warp_local_ssim} | {limb_warp_vgg} |",
        *(
            f"| {title} | {{{name}_foreground_ssim}} ± {{{name}_foreground_ssim_spread}} | {{{name}_local_ssim}} ± "
            f"{{{name}_local_ssim_spread}} | {{{name}_vgg}} ± {{{name}_vgg_spread}} |"
            for title, name in ARMS.items()
        ),
    ],
    "normalize_val.json": [
        "| people whose pose was changed | {changed:.1%} |",
        "of the canonical pose | {arms_reached_0.1} / {arms_reached_0.2} |",
        "| skin added between collar-bone and mid-thigh, largest | {exposed_skin_max:.1%} |",
    ],
}


EARLIER = [file for file, why in excused().items() if "of earlier weights" in why and file in QUOTES]


def plain(text: str) -> str:
    """In one line, and per cent as Python writes them."""
    return " ".join(text.split()).replace(" %", "%")


def filled(words: str, found: dict[str, float]) -> str:
    """The words of a quote with the figures of a file."""

    def figure(place: re.Match[str]) -> str:
        key, kind, form = place[1], place[2], place[3] or ".3f"
        if kind == "*number":
            return f"{found[key] * found['number']:.0f}"
        return f"{found[key]:{form}}" + (f" ± {found[f'{key}_se']:{form}}" if kind else "")

    return re.sub(r"\{([\w.]+?)(±|\*number)?(?::([^}]+))?\}", figure, words)


@pytest.mark.parametrize("file", QUOTES)
def test_the_readme_quotes_what_was_measured(file):
    found, readme = json.loads((RESULTS / file).read_text()), plain(README)
    expected = [filled(words, found) for words in QUOTES[file]]
    assert [words for words in expected if words not in readme] == []


@pytest.mark.parametrize("file", EARLIER)
def test_figures_of_earlier_weights_are_called_so(file):
    """In the part of the README that quotes them, which begins with bold words."""
    words = filled(QUOTES[file][-1], json.loads((RESULTS / file).read_text()))
    part = next(part for part in README.split("\n**") if words in plain(part))
    assert "of earlier weights" in plain(part)


def test_a_figure_is_written_as_the_readme_has_it():
    found = {"number": 24, "a_0.1": 0.8889, "a_0.1_se": 0.05, "skin": 0.0016}
    words = "{a_0.1}, {a_0.1±}, {a_0.1±:.1f}, {skin:.1%}, {a_0.1*number} of {number:.0f}"
    assert filled(words, found) == "0.889, 0.889 ± 0.050, 0.9 ± 0.1, 0.2%, 21 of 24"
    assert plain("0.2 %\nof  it") == "0.2% of it"
