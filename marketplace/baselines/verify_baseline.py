"""
Compute published cost baselines again: `python verify_baseline.py baselines.json`.

The file is what `GET /api/v1/cost-baselines` answers. Needs Python and nothing else; exits 1 if a
figure does not follow from its inputs.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path


def again(inputs: dict[str, Fraction]) -> dict[str, Fraction]:
    """Return every line of the calculation, in yuan, exactly."""
    kilowatts = inputs["watts"] / 1000 * inputs["pue"]
    lines = {
        "hours_sold": 8760 * inputs["utilisation"],
        "capital": inputs["hardware"] / inputs["years"],
        "upkeep": inputs["hardware"] * inputs["upkeep_share"],
        "housing": kilowatts * inputs["space"],
        "energy_hour": kilowatts * inputs["electricity"],
    }
    yearly = lines["capital"] + lines["upkeep"] + lines["housing"] + inputs["staff"]
    lines["fixed_hour"] = yearly / lines["hours_sold"]
    lines["unit_hour"] = lines["fixed_hour"] + lines["energy_hour"]
    lines["standard_hour"] = lines["unit_hour"] * inputs["reference"] / inputs["figure"]
    return lines


def rounded(value: Fraction) -> Fraction:
    """Return a figure half up to six digits after the point."""
    return Fraction((2 * value * 10**6 + 1).__floor__() // 2, 10**6)


def main() -> int:
    """Compare each line of each baseline; say what differs."""
    wrong = 0
    for each in json.loads(Path(sys.argv[1]).read_text("utf-8"))["results"]:
        inputs = {line["code"]: Fraction(line["value"]) for line in each["inputs"]}
        told = {step["code"]: step["value"] for step in each["steps"]}
        of_each = {code: (told.get(code), value) for code, value in again(inputs).items()}
        for code in ("unit_hour", "standard_hour"):
            of_each[f"per_{code}"] = (each[f"per_{code}"], of_each[code][1])
        for code, (said, value) in of_each.items():
            if said is None or rounded(value) != Fraction(said):
                wrong += 1
                print(f"{each['hour_class']} {each['unit']}: {code} differs")  # noqa: T201
    print("every figure follows" if not wrong else f"{wrong} figures differ")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
