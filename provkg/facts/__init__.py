"""The facts: what producers write and `graph` reads. Plain frozen values, no behaviour."""

from provkg.facts.definition import DefinitionFact
from provkg.facts.deployment import DeploymentFact
from provkg.facts.execution import ExecutionFact
from provkg.facts.learning import LearningFact

Fact = DefinitionFact | DeploymentFact | ExecutionFact | LearningFact
"""Any fact of a fact set."""

__all__ = ["Fact"]
