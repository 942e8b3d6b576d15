"""The model card beside each shipped model (after Mitchell et al. 2019), its figures from metrics.json."""

from __future__ import annotations

from dataclasses import dataclass

from train.evaluation.metrics import PARTS
from train.recipe import saw_unlabelled, with_present_names
from vision.tasks import TASKS


@dataclass(frozen=True)
class _About:
    what: str
    data: str
    limits: str


_LICENCES = {
    "FER2013": "FER2013 comes from a Kaggle competition, for research. Use the model accordingly.",
    "UTKFace": (
        "UTKFace is for non-commercial research only, and its pictures belong to their owners. A model trained on it "
        "should be used likewise: for research, teaching and demonstration, not commercially."
    ),
    "FER+": "FER+'s votes are under the MIT licence.",
    "FairFace": "FairFace is by K. Kärkkäinen and J. Joo, CC BY 4.0.",
}

_FURTHER = {
    "FER+": "FER+ (Barsoum et al. 2016) tells what ten people said of each of these images.",
    "FairFace": (
        "FairFace (Kärkkäinen and Joo 2019) taught as well, without its `val`: faces of seven races, their ages in bins."
    ),
}

_ABOUT = {
    "expression": _About(
        what="Which of seven facial expressions a face shows: angry, disgust, fear, happy, neutral, sad, surprise.",
        data="FER2013 (Goodfellow et al. 2013): grey 48 x 48 faces found by web search. Test: PublicTest and PrivateTest.",
        limits=(
            "An expression is not a feeling: the model names what a face looks like, not what a person feels. FER2013's "
            "labels are noisy (people agree with them on about 65 %), fear, sad and neutral are often taken for one "
            "another, and its web pictures do not show all ages and skin colours equally."
        ),
    ),
    "age": _About(
        what="How old a face looks, as a distribution over 0 to 100 years: its median in years, its sums over decades.",
        data="UTKFace (Zhang, Song, Qi 2017), aligned and cropped. Test: files whose name's SHA-1 is divisible by 5.",
        limits=(
            "An apparent age, several years off on average and more for the old, who are rare in the data. Many of "
            "UTKFace's labels are themselves estimates."
        ),
    ),
    "gender": _About(
        what="Which of UTKFace's two gender labels a face looks like: male or female.",
        data="UTKFace (Zhang, Song, Qi 2017), aligned and cropped. Test: files whose name's SHA-1 is divisible by 5.",
        limits=(
            "A look is not an identity: the data knows two labels only, given by appearance. Young children and the "
            "very old are told apart worst."
        ),
    ),
}


def model_card(metrics: dict) -> str:
    """The card as Markdown.

    Args:
        metrics: the content of the model's metrics.json.
    """
    task, test, made = metrics["task"], metrics["test"], metrics["provenance"]
    about, dataset = _ABOUT[task], TASKS[task].dataset
    saw_others = saw_unlabelled(with_present_names(metrics["recipe"]))
    others = [name for name in ("FER2013", "UTKFace") if name != dataset and saw_others]
    made_by, title, file = made["command"], "model card", "the shipped int8 file"
    judged_by = f"python run.py evaluate --data DIR --task {task}"
    if made["recipe"].startswith("paper_"):  # its file is not in the repository: who wants it trains it
        title, file = "the paper's way, trained to compare with", "the int8 file (it does not ship)"
        made_by = judged_by = f"{made_by} --models models/paper"
    return f"""# {task}: {title}

{about.what}

**Figures** of {file} on {test["images"]:,} held-out images (`{judged_by}`):

{_figures_table(test)}

{_classes_table(test)}
{_for_people(metrics)}{_of_all_races(test)}
![confusion matrix](confusion.png) ![training curves](curves.png)

**Input** {_input_of(metrics)}, uint8 pixels 0-255 as they are. **Output** float32 logits.
**Size** {test["bytes"]:,} bytes; {test["ms_per_face"]} ms a face on one thread of the machine that measured it.
{_calibration_line(metrics)}
**Data** {about.data} Training left out the images that are byte-identical to a test image.{_unlabelled(others)}{_beside(metrics)}

**Made by** `{made_by}` (recipe `train/recipes/{made["recipe"]}.py`, {metrics["recipe"]["epochs"]} epochs, seed
{metrics["recipe"]["seed"]}; Keras {made["libraries"]["keras"]}; data {made["data_sha256"][:12]}; trained on {made["trained_on"]}) on {made["date"]}.{_restored(made)}

**Meant for** live demonstrations, teaching and research. **Not for** decisions about people: hiring, policing, access,
advertising, medicine, or telling who somebody is.

**Known limits** {about.limits}

**Licence** {" ".join(_LICENCES[name] for name in (dataset, *others, *_further(metrics)))}
"""


def _further(metrics: dict) -> list[str]:
    """The datasets that taught beside the task's own, with labels."""
    return ["FER+"] * ("fusion" in metrics) + ["FairFace"] * bool(metrics["recipe"].get("fairface"))


def _beside(metrics: dict) -> str:
    return "".join(f"\n{_FURTHER[name]}" for name in _further(metrics))


def _for_people(metrics: dict) -> str:
    """What is shown where it is not the dataset's label, and how it was chosen."""
    shown, fusion = metrics["test"].get("shown"), metrics.get("fusion")
    if not shown or not fusion:
        return ""
    test = shown["private_test"]
    return f"""
**What people see** is another head of the same file: FER2013's labels and what most people say (FER+), fused as
label^{1 - fusion["votes_weight"]:.2f} * votes^{fusion["votes_weight"]:.2f} / prior^{fusion["prior_power"]:.2f}, normalized,
at temperature {fusion["temperature"]:.2f}. Weight and power were chosen on {fusion["images"]:,} images of PublicTest. Against most people's answer it is right in
{100 * test["accuracy"]:.1f} % of {test["images"]:,} images of PrivateTest (macro recall {100 * test["macro_recall"]:.1f} %).
{_unsure(metrics)}"""


def _unsure(metrics: dict) -> str:
    """When it is said that an answer is unsure; nothing for a file of which that was not measured."""
    if "unsure" not in metrics:
        return ""
    one, test = metrics["unsure"], metrics["unsure"]["test"]
    return (
        f"Below a score of {one['below']:.2f} it is unsure: as likely wrong as right (chosen on {one['images']:,} images of PublicTest). "
        f"On PrivateTest {100 * test['unsure']:.1f} % are, of which {100 * test['right_when_unsure']:.0f} % are right; of the others "
        f"{100 * test['right_when_sure']:.0f} % (images on which people were of no clear opinion included).\n"
    )


def _of_all_races(test: dict) -> str:
    """FairFace's test images: nobody in them was trained on."""
    fairface = test.get("fairface")
    if not fairface:
        return ""
    share = f"{100 * fairface['accuracy']:.1f} % of {fairface['images']:,} images"
    if "within_one" in fairface:
        told = f"{share} in the right one of nine age bins, {100 * fairface['within_one']:.1f} % at most one bin off"
    else:
        worst = fairface["worst_group"]
        told = f"{share}; of the group that is told worst, {worst['name']}, {100 * worst['accuracy']:.1f} % of {worst['images']:,}"
    return f"\n**On FairFace's test images** (`val`, people of seven races): {told}.\n"


def _unlabelled(datasets: list[str]) -> str:
    """From which other datasets a network learnt (`train.data.unlabelled`)."""
    return "".join(f"\n{name}'s training images were looked at as well, without labels." for name in datasets)


def _restored(made: dict) -> str:
    """What of its ancestors was lent by an int8 file: a training from data alone differs by that file's rounding."""
    if "restored" not in made:
        return ""
    return (
        f"\nIts start and its teachers were read back from int8 files by `python run.py restore`: {made['restored']}."
    )


def _calibration_line(metrics: dict) -> str:
    """What its scores mean; nothing for a model from before scores were calibrated."""
    if "calibration" not in metrics:
        return ""
    fitted = metrics["calibration"]
    test = fitted["test"]
    before, after = (f"{100 * test[name]:.1f} points" for name in ("ece_before", "ece_after"))
    fit_on, how = "the temperature was", "fitted"
    if fitted["temperature"] == 1:
        done = f"no temperature is built in ({fitted['fitted']:.2f} would not have helped); {after} off"
        how = "judged and fitted"
    elif fitted.get("biases"):
        built_in = f"temperature {fitted['temperature']:.2f} and a bias for each class are built into the head"
        done, fit_on = f"{built_in}; {after} off, {before} without them", "they were"
    else:
        done = f"temperature {fitted['temperature']:.2f} is built into the head; {after} off, {before} without it"
    return (
        f"**Confidence** {done} (expected calibration error of {test['images']:,} test images; {fit_on} "
        f"{how} on {fitted['images']:,} validation images).\n"
    )


def _figures_table(test: dict) -> str:
    rows = [("all test images", test)]
    rows += [(PARTS[name], test[name]) for name in ("private_test", "without_twins") if name in test]
    has_mae = "mae" in test
    head = "| images | accuracy | macro F1 |" + (" MAE |" if has_mae else "")
    lines = [head, "| --- | --- | --- |" + (" --- |" if has_mae else "")]
    for name, one in rows:
        mae = f" {one['mae']:.2f} years |" if has_mae else ""
        lines.append(f"| {name} ({one['images']:,}) | {100 * one['accuracy']:.1f} % | {one['macro_f1']:.3f} |{mae}")
    return "\n".join(lines)


def _classes_table(test: dict) -> str:
    lines = ["| class | precision | recall | F1 | images |", "| --- | --- | --- | --- | --- |"]
    for label, one in test["per_class"].items():
        figures = " | ".join(f"{one[name]:.2f}" for name in ("precision", "recall", "f1"))
        lines.append(f"| {label} | {figures} | {one['support']:,} |")
    return "\n".join(lines)


def _input_of(metrics: dict) -> str:
    size = metrics["recipe"]["size"]
    grey = TASKS[metrics["task"]].geometry(size).channels == 1
    return f"{size} x {size} {'grey' if grey else 'RGB'}"
