"""Training that can be stopped at any time: what is kept of it, and how it goes on."""

import os

import torch


class Checkpoints:
    """Keeps weights, optimiser and random numbers in `work/state.pt`."""

    def __init__(self, work, recipe, weights, optimiser):
        self.path = work / "state.pt"
        self.recipe, self.weights, self.optimiser = recipe, weights, optimiser

    def resume(self):
        """Takes up what was kept, if anything; the number of steps that are done."""
        if not self.path.exists():
            return 0
        saved = torch.load(self.path, weights_only=True)
        if saved["recipe"] != repr(self.recipe):
            raise SystemExit(f"{self.path} is of another recipe; delete it or name another --work")
        with torch.no_grad():
            for name, tensor in self.weights.items():
                tensor.copy_(saved["weights"][name])
        self.optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["random"])
        print(f"goes on after step {saved['done']}", flush=True)
        return saved["done"]

    def keep(self, done):
        part = self.path.with_suffix(".part")
        kept = {
            "recipe": repr(self.recipe),
            "weights": {name: tensor.detach() for name, tensor in self.weights.items()},
            "optimiser": self.optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "done": done,
        }
        torch.save(kept, part)
        os.replace(part, self.path)
