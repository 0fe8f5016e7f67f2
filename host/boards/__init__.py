"""Boards, real and virtual."""
