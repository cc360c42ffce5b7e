"""Decides whether a design solves a benchmark: static checks, then trials with drawn jitter in MuJoCo."""
