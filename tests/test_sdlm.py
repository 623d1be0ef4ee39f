import pytest
import torch
from torch import Tensor, nn

from lenet5.curvature import diagonal_curvature
from lenet5.loss import MAPLoss, MLELoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM


def with_gradients() -> LeNet5:
    network = LeNet5(0.2, seed=4)
    images = torch.randn(3, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    MAPLoss(1.0)(network(images), torch.tensor([1, 2, 3])).backward()
    return network


def gradients(network: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


def random_curvature(network: nn.Module) -> dict[str, Tensor]:
    return {name: torch.rand_like(p) for name, p in network.named_parameters()}


def test_eq_18_and_21_parameter_by_parameter() -> None:
    network = with_gradients()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    h = random_curvature(network)
    optimiser = SDLM(network, eta=0.0005, mu=0.02)
    optimiser.curvature = h
    optimiser.step()
    for name, p in network.named_parameters():
        assert p.grad is not None
        torch.testing.assert_close(p.detach(), before[name] - 0.0005 / (0.02 + h[name]) * p.grad)


def test_without_curvature_it_is_gradient_descent_at_eta_over_mu() -> None:
    network, twin = with_gradients(), with_gradients()
    SDLM(network, eta=0.001, mu=0.02).step()
    torch.optim.SGD(twin.parameters(), lr=0.05).step()
    for p, q in zip(network.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_rates_follow_eta_and_curvature() -> None:
    network = LeNet5()
    optimiser = SDLM(network, eta=0.0005, mu=0.02)
    assert optimiser.rate_range() == pytest.approx((0.025, 0.025))
    optimiser.curvature = {name: torch.full_like(p, 0.08) for name, p in network.named_parameters()}
    assert optimiser.rate_range() == pytest.approx((0.005, 0.005))
    optimiser.eta = 0.0001
    assert optimiser.rate_range() == pytest.approx((0.001, 0.001))
    assert float(optimiser.rates()["C1.bias"][0]) == pytest.approx(0.001)


def test_zero_grad_forgets_and_a_step_without_gradients_stays() -> None:
    network = with_gradients()
    optimiser = SDLM(network, eta=0.0005, mu=0.02)
    assert all(bool(gradients(network)[name].any()) for name in ("C1.weight", "F6.bias"))
    optimiser.zero_grad()
    assert gradients(network) == {}
    before = [p.detach().clone() for p in network.parameters()]
    optimiser.step()
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))


def test_after_zero_grad_gradients_do_not_add_up() -> None:
    bowl = nn.Linear(2, 1, bias=False)
    optimiser = SDLM(bowl, eta=0.1, mu=1.0)
    for x in (torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])):
        optimiser.zero_grad()
        bowl(x).sum().backward()
        torch.testing.assert_close(gradients(bowl)["weight"], x[None])


def test_state_dict_restores_the_rates_exactly() -> None:
    network = with_gradients()
    optimiser = SDLM(network, eta=0.0005, mu=0.02)
    optimiser.curvature = random_curvature(network)
    other = SDLM(network, eta=0.1, mu=0.3)
    other.load_state_dict(optimiser.state_dict())
    assert all(torch.equal(other.rates()[name], rate) for name, rate in optimiser.rates().items())


def test_the_claim_sdlm_beats_plain_gradient_descent_on_an_ill_scaled_bowl() -> None:
    """Appendix C's reason for a rate per parameter: curvatures 1000 to 1, where one rate fits no one."""
    h = torch.tensor([1000.0, 100.0, 10.0, 1.0])

    class Bowl(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(4))

    def loss_after(rate_of: dict[str, Tensor], eta: float, mu: float) -> float:
        bowl = Bowl()
        optimiser = SDLM(bowl, eta=eta, mu=mu)
        optimiser.curvature = rate_of
        for _ in range(50):
            optimiser.zero_grad()
            (0.5 * h * bowl.w.square()).sum().backward()
            optimiser.step()
        return float((0.5 * h * bowl.w.square()).sum().detach())

    # Plain descent at the largest rate that is stable, 1 / the largest curvature, and at others beside it.
    plain = min(loss_after({"w": torch.zeros(4)}, eta, 1.0) for eta in (5e-4, 1e-3, 1.9e-3))
    assert loss_after({"w": h}, 0.5, 0.02) < 1e-6 < 0.3 < plain


def test_works_on_any_module() -> None:
    linear = nn.Linear(3, 2)
    weight, bias = linear.weight.detach().clone(), linear.bias.detach().clone()
    linear(torch.tensor([[1.0, 2.0, 4.0]])).sum().backward()
    SDLM(linear, eta=0.1, mu=1.0).step()
    torch.testing.assert_close(linear.weight.detach(), weight - 0.1 * torch.tensor([1.0, 2.0, 4.0]))
    torch.testing.assert_close(linear.bias.detach(), bias - 0.1)


def test_a_batch_of_summed_losses_is_to_first_order_the_same_patterns_one_by_one() -> None:
    images = torch.randn(4, 1, 32, 32, generator=torch.Generator().manual_seed(2)).double()
    labels = torch.tensor([1, 2, 3, 4])
    loss = MAPLoss(1.0)

    def moved(batch: int, eta: float) -> Tensor:
        network = LeNet5(0.03, seed=1).double()
        start = torch.cat([p.detach().clone().flatten() for p in network.parameters()])
        optimiser = SDLM(network, eta=eta, mu=0.02)
        optimiser.curvature = diagonal_curvature(network, MLELoss(), images, labels)
        for x, y in zip(images.split(batch), labels.split(batch), strict=True):
            optimiser.zero_grad()
            (loss(network(x), y) * len(y)).backward()
            optimiser.step()
        return torch.cat([p.detach().flatten() for p in network.parameters()]) - start

    online, together = moved(1, 1e-7), moved(4, 1e-7)
    assert float((online - together).norm() / online.norm()) < 1e-4
    assert float((moved(1, 1e-3) - moved(4, 1e-3)).norm() / moved(1, 1e-3).norm()) > 1e-3


@pytest.mark.parametrize(("eta", "mu"), [(0.0, 0.02), (-1.0, 0.02), (0.1, 0.0), (0.1, float("nan"))])
def test_rates_that_are_not_positive_are_refused(eta: float, mu: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        SDLM(LeNet5(), eta=eta, mu=mu)


def test_a_curvature_that_does_not_fit_is_refused() -> None:
    network = LeNet5()
    optimiser = SDLM(network, eta=0.1, mu=0.02)
    with pytest.raises(ValueError, match="the network's parameters are"):
        optimiser.curvature = {"C1.weight": torch.zeros(6, 5, 5)}
    for bad in (-1.0, float("nan")):
        h = random_curvature(network)
        h["F6.bias"][3] = bad
        with pytest.raises(ValueError, match="below 0 or NaN"):
            optimiser.curvature = h


def test_a_network_without_parameters_is_refused() -> None:
    with pytest.raises(ValueError, match="without trainable parameters"):
        SDLM(nn.Identity(), eta=0.1, mu=0.02)


def test_a_list_of_parameters_is_refused_in_a_sentence() -> None:
    with pytest.raises(TypeError, match="generator was given; SDLM takes the network, whose parameters have names"):
        SDLM(LeNet5().parameters(), eta=0.1, mu=0.1)  # type: ignore[arg-type]
