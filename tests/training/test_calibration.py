"""Posteriors as frequencies: eq. 9 where nothing is changed, and what fitting finds in patterns that were made so."""

import numpy as np
import pytest
import torch

from lenet5.loss import MAPLoss
from lenet5.training.calibration import Calibration, calibrated, calibration_error, posterior

PENALTIES = np.random.default_rng(1).gamma(2.0, 2.0, (50, 10))


def test_as_trained_it_is_equation_9() -> None:
    digits, none = posterior(PENALTIES, 1.5)
    expected = MAPLoss(1.5).posterior(torch.from_numpy(PENALTIES)).numpy()
    np.testing.assert_allclose(np.column_stack([digits, none]), expected)


def test_a_class_of_what_is_no_digit_and_the_rubbish_class_are_one() -> None:
    eleven = np.column_stack([PENALTIES, np.full(50, 2.0)])
    digits, none = posterior(eleven, 1.5)
    expected = MAPLoss(1.5).posterior(torch.from_numpy(eleven)).numpy()
    np.testing.assert_allclose(digits, expected[:, :10])
    np.testing.assert_allclose(none, expected[:, 10:].sum(1))


def test_a_temperature_and_odds_are_what_their_names_say() -> None:
    digits, none = posterior(PENALTIES, 1.5, Calibration(2.0, 3.0))
    twice, none_twice = posterior(2 * PENALTIES, 3.0)
    np.testing.assert_allclose(digits[:, 0] / digits[:, 1], twice[:, 0] / twice[:, 1])
    np.testing.assert_allclose(none / digits[:, 0], 3 * none_twice / twice[:, 0])


def test_fitting_finds_the_calibration_that_labels_were_drawn_by() -> None:
    rng = np.random.default_rng(2)
    penalties = rng.gamma(2.0, 2.0, (10_000, 11))
    digits, none = posterior(penalties, 1.0, Calibration(0.6, 2.5))
    every = np.column_stack([digits, none])
    labels = (every.cumsum(1) < rng.random((len(every), 1))).sum(1)
    share = float((labels == 10).mean())
    assert calibrated(penalties, labels, 1.0, share) == pytest.approx((0.6, 2.5), rel=0.1)


def test_a_share_that_is_expected_is_the_share_that_is_found() -> None:
    rng = np.random.default_rng(3)
    penalties = rng.gamma(2.0, 2.0, (10_000, 11))
    labels = np.where(rng.random(len(penalties)) < 0.3, 10, rng.integers(10, size=len(penalties)))
    fitted = calibrated(penalties, labels, 1.0, no_digits=0.3)
    rarer = calibrated(penalties, labels, 1.0, no_digits=0.1)
    assert rarer.temperature == fitted.temperature
    assert rarer.odds / fitted.odds == pytest.approx((0.1 / 0.9) / (0.3 / 0.7), rel=0.05)


def test_the_calibration_error_is_the_distance_from_frequencies() -> None:
    right = np.arange(1000) % 10 < 8
    assert calibration_error(np.full(1000, 0.8), right) == pytest.approx(0)
    assert calibration_error(np.full(1000, 0.95), right) == pytest.approx(0.15)
    assert calibration_error(np.repeat([0.95, 0.65], 500), right) == pytest.approx(0.15)
    assert calibration_error(np.array([1.0]), np.array([True])) == 0
