"""Notebooks and scripts, unchanged and never run, as a provenance knowledge graph.

Where to begin reading: `provkg.pipeline`, the plan of the house.
"""
