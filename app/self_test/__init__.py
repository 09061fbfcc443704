"""The program tries itself where it is installed, without tests and their tools: `mlx-ferry --self-test`."""

from app.self_test.run import run_self_test

__all__ = ["run_self_test"]
