"""Reads of the policy room."""

from marketplace.policy.selectors.money import BudgetBurn, burn
from marketplace.policy.selectors.report import (
    PerformanceLine,
    PerformanceReport,
    PerformanceSums,
    lines_of_figure,
    performance,
)
from marketplace.policy.selectors.runs import (
    file_of,
    parties_of,
    published_runs,
    run_of,
    runs_of,
    wish_of_run,
)
from marketplace.policy.selectors.wishing import money_of, rules_in_force

__all__ = [
    "BudgetBurn",
    "PerformanceLine",
    "PerformanceReport",
    "PerformanceSums",
    "burn",
    "file_of",
    "lines_of_figure",
    "money_of",
    "parties_of",
    "performance",
    "published_runs",
    "rules_in_force",
    "run_of",
    "runs_of",
    "wish_of_run",
]
