"""Speaking to portals: one module for each protocol, and the HTTP client they share.

What a body holds is interpreted in `pipelines/landing/`, except for the shape checks a fetch needs to tell a
good answer from a broken one (`bodies.py`).
"""
