"""The report's tables: intervals, nested figures, and each study's own."""

import pytest

from train.report.sources import Study, load_studies, read_answers
from train.report.study_tables import tables_of
from train.report.tables import as_tables, interval, text_of
from vision.tasks import MODELS_DIR


def test_an_interval_by_hand():
    assert interval(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)  # Wilson's, as textbooks print it
    assert interval(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert interval(0.0, 0) == (0.0, 1.0)


def test_nested_figures_become_tables():
    tables = as_tables(
        {
            "temperature": 1.2345,
            "methods": {"hog": {"accuracy": 0.4567, "ms": 3}, "lbp": {"accuracy": 0.3}},
            "deep": {"age": {"white": {"mae": 5.1, "count": 1200}}},
            "levels": [{"gamma": 0.5, "accuracy": 0.6}],
            "curve": list(range(100)),
        }
    )
    assert [(table.title, table.heading) for table in tables] == [
        ("", ["", ""]),
        ("methods", ["", "accuracy", "ms"]),
        ("deep: age", ["", "mae", "count"]),
        ("levels", ["gamma", "accuracy"]),
    ]
    assert tables[0].rows == [["temperature", "1.23"]]
    assert tables[1].rows == [["hog", "45.7\u00a0%", "3"], ["lbp", "30.0\u00a0%", ""]]
    assert tables[2].rows == [["white", "5.10", "1,200"]]


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("recall", 1.0, "100.0 %"),
        ("accuracy", -0.02, "-0.02"),  # a difference is no share
        (
            "gender accuracy: by race White",
            {"value": 0.9, "low": 0.85, "high": 0.94, "images": 1200},
            "90.0 % (85.0 to 94.0) of 1,200",
        ),
        ("age mae: White", {"value": 0.9, "low": 0.8, "high": 1.1}, "0.9 (0.8 to 1.10)"),
        ("mae", 4.996, "5.00"),
        ("bytes", 3014040, "3,014,040"),
        ("interval", [0.25, 0.5], "0.25, 0.5"),
        ("seed", 2026, "2026"),
        ("tuned", True, "yes"),
        ("mae", None, "–"),
    ],
)
def test_values_as_people_read_them(key, value, shown):
    assert text_of(key, value).replace("\u00a0", " ") == shown


def test_estimates_with_their_intervals_are_single_values():
    white, black = ({"value": value, "low": 0.8, "high": 0.95, "images": 50} for value in (0.9, 0.85))
    (table,) = as_tables({"accuracy": {"White": white, "Black": black}})
    assert [row[0] for row in table.rows] == ["White", "Black"]
    assert table.rows[1][1].replace("\u00a0", " ") == "85.0 % (80.0 to 95.0) of 50"


CANDIDATE = {
    "title": "HOG + SVM",
    "features": 900,
    "accuracy": 0.5,
    "macro_f1": 0.4,
    "images": 7178,
    "ms_per_face": 1.5,
}
LOSS = {"strength": 0.5, "accuracy": 0.6, "loss_points": 5.25}
CROP = {
    "images": 9,
    "own": {"accuracy": 0.65, "loss_points": 0.0},
    "settings": [{"corruption": "crop_scale", "interval_points": 0.5} | LOSS],
    "at_random": {"corruption": "crop_off", "interval_points": 0.4} | LOSS,
    "within_floor": False,
}
STATE = {"ece": 0.05, "ece_adaptive": 0.06, "nll": 1.2, "confidence": 0.7, "accuracy": 0.65, "reliability": []}
GROUP = {
    "images": 1200,
    "gender_accuracy": {"value": 0.9, "low": 0.85, "high": 0.94, "images": 1200},
    "age_mae": {"value": 4.5, "low": 4.1, "high": 4.9, "images": 1200},
}
GAPS = {
    "race": {
        "gender_accuracy": {"size": 0.041, "chance_95": 0.02, "least": "Asian", "greatest": "White", "groups": 5},
        "age_mae": {"size": 1.5, "chance_95": 0.7, "least": "Asian", "greatest": "White", "groups": 5},
    }
}
SHARE = {"value": 0.04, "low": 0.03, "high": 0.06, "images": 552}
ELSEWHERE = {"accuracy": 0.8, "images": 4940, "low": 0.75, "high": 0.84}
CALIBRATED = {
    "temperature_built_in": 1.25,
    "temperature_fitted": 1.3,
    "without": STATE,
    "shipped": STATE,
    "fitted": STATE,
}


@pytest.mark.parametrize(
    ("name", "figures", "rows"),
    [
        # each candidate by its title, and only what is known of one of them
        (
            "conventional",
            {"tasks": {"expression": {"hog": CANDIDATE, "cnn": {"title": "CNN", "accuracy": 0.7, "private_test": {"accuracy": 0.71}}}}},
            [["HOG + SVM", "50.0 %", "0.400", "", "1.50"], ["CNN", "70.0 %", "", "71.0 %", ""]],
        ),
        (
            "compression",
            {"tasks": {"age": {"int8": {"title": "int8", "accuracy": 0.6, "mae": 5.0, "bytes": 2902792, "parameters": 700000}}}},
            [["int8", "60.0 %", "5.00", "700,000", "2.90"]],
        ),
        # a crop's losses in points with their intervals, then the sweeps
        (
            "robustness",
            {"seed": 1, "expression": {"gamma": [LOSS]}, "crop": {"expression": CROP}},
            [
                ["as the dataset has it", "", "65.0 %"],
                ["crop scale", "0.5", "-5.25 ± 0.50"],
                ["crop off", "0.5", "-5.25 ± 0.40"],
                ["at most 2 points lost", "", "missed"],
                ["gamma", "0.5", "60.0 % (-5.2)"],
            ],
        ),
        (
            "calibration",
            {"bins": 15, "tasks": {"gender": CALIBRATED}},
            [
                ["gender", state, temperature, "5.0 %", "6.0 %", "70.0 %", "65.0 %", "1.200", ""]
                for state, temperature in (
                    ("not calibrated", "1.00"),
                    ("as shipped", "1.25"),
                    ("calibrated on validation images", "1.30"),
                )
            ],
        ),
        # everyone, the gaps, and each group of one label or two
        (
            "fairness",
            {"all": GROUP, "groups": {"race": {"White": GROUP}, "gender × race × age": {"many": GROUP}}, "gaps": GAPS},
            [
                ["everyone", "1,200", "90.0 % (85.0 to 94.0)", "–", "–", "–", "4.50 (4.10 to 4.90)"],
                ["race", "gender accuracy", "4.1 points", "2.0 points", "Asian", "White"],
                ["race", "age mae", "1.50 years", "0.70 years", "Asian", "White"],
                ["White", "1,200", "90.0 % (85.0 to 94.0)", "–", "–", "–", "4.50 (4.10 to 4.90)"],
            ],
        ),
        # a seed is a name, not a number of things
        (
            "seeds",
            {
                "recipe": "paper_gender", "epochs": 4, "images": 4728,
                "runs": [{"seed": 2026, "accuracy": 0.885, "macro_f1": 0.8851}],
                "same_seed": {"largest_difference_points": 0.0, "share_answered_alike": 1.0},
                "other_seeds": {"largest_difference_points": 0.127, "share_answered_alike": 0.918},
            },
            [
                ["run 1, seed 2026", "88.5 %", "0.885"],
                ["with the same seed", "0.00 points", "100.0 %"],
                ["with another seed", "0.13 points", "91.8 %"],
            ],
        ),
        # networks in their order; where FairFace was not there, no column says so
        (
            "pretraining",
            {
                "task": "gender", "epochs": 4, "size": 64, "trained_on": 17895, "images": 4728,
                "networks": [
                    {"network": "ours", "parameters": 712_000, "accuracy": 0.9, "macro_f1": 0.9, "fairface": ELSEWHERE},
                ],
            },
            [["ours", "712,000", "90.0 %", "0.900", "80.0 % (75.0 to 84.0)"]],
        ),
        (
            "pretraining",
            {
                "task": "expression", "epochs": 4, "size": 64, "trained_on": 28709, "images": 7178,
                "networks": [{"network": "ours", "parameters": 712_000, "accuracy": 0.6, "macro_f1": 0.55}],
            },
            [["ours", "712,000", "60.0 %", "0.550"]],
        ),
        # false faces, then missed ones of each width
        (
            "detection",
            {
                "frame": [640, 480], "pictures_without_a_face": 552, "faces": {"0.4": 240},
                "least_scores": [{"least_score": "shipped", "false": SHARE, "missed": {"0.4": SHARE}}],
                "camera": {"seconds": 1.6, "false": SHARE, "missed": {"0.4": SHARE}},
            },
            [
                ["shipped", "4.0 % (3.0 to 6.0)", "4.0 % (3.0 to 6.0)"],
                ["as a camera, within 1.6 s", "4.0 % (3.0 to 6.0)", "4.0 % (3.0 to 6.0)"],
            ],
        ),
        # another shape than ours, or a study that we do not know, as it is nested
        ("calibration", {"tasks": {"gender": {"ece": 0.5}}}, [["gender", "0.5"]]),
        ("seeds", {"accuracy": [0.5, 0.6]}, [["accuracy", "50.0 %, 60.0 %"]]),
    ],
)  # fmt: skip
def test_each_study_has_its_tables(name, figures, rows):
    tables = tables_of(Study(name, "", figures))
    assert [[cell.replace("\u00a0", " ") for cell in row] for table in tables for row in table.rows] == rows
    assert all(len(row) == len(table.heading) for table in tables for row in table.rows)


def test_expression_s_groups_are_rows_and_its_labels_columns():
    share = {"value": 0.5, "low": 0.4, "high": 0.6, "images": 1200}
    by = {"gender": {"sure": 0.58, "groups": {"male": {"accuracy": share, "recall": {"angry": share, "fear": share}}}}}
    figures = {"all": GROUP, "groups": {}, "gaps": {}, "expression": {"note": "estimates", "by": by}}
    table = tables_of(Study("fairness", "", figures))[-1]
    assert table.heading == ["", "images", "accuracy", "angry", "fear"]
    assert [cell.replace("\u00a0", " ") for cell in table.rows[0]] == ["male", "1,200", *["50.0 % (40.0 to 60.0)"] * 3]


def test_answers_are_read_from_the_readme(tmp_path):
    (tmp_path / "README.md").write_text(
        "# What\n\n| study | question | answer |\n| --- | --- | --- |\n"
        "| [light](light.png) `--twice` | Is it dark? | In **one** room. |\n| | And at night? | Yes, `always`. |\n"
        "| | | Everywhere. |\n| seeds | Do they grow? | No. |\n"
    )
    assert read_answers(tmp_path / "README.md") == {
        "light": [("Is it dark?", "In one room."), ("And at night?", "Yes, always."), ("", "Everywhere.")],
        "seeds": [("Do they grow?", "No.")],
    }
    assert read_answers(tmp_path / "absent.md") == {}


def test_every_study_that_ships_has_its_answer():
    studies = {study.name: study for study in load_studies(MODELS_DIR / "studies")}
    assert all(study.answers for study in studies.values() if study.figures)
