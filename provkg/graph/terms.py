"""Every namespace and term that provkg's graphs use; no other module names an IRI of a vocabulary.

A vocabulary is a class, a term is an annotation in it: `PROV.wasDerivedFrom` is the node, made once.
"""
# ruff: noqa: N815 - the attributes are named as the vocabularies name their terms

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pyoxigraph import NamedNode


class Vocabulary:
    """A namespace; each annotated name becomes the node of that term, without a "_" at its end."""

    PREFIX: ClassVar[str]
    IRI: ClassVar[str]
    ALL: ClassVar[tuple[type[Vocabulary], ...]] = ()

    def __init_subclass__(cls, prefix: str, iri: str, *, is_in_graphs: bool = True) -> None:
        cls.PREFIX, cls.IRI = prefix, iri
        for name in cls.__annotations__:
            setattr(cls, name, NamedNode(iri + name.removesuffix("_")))
        if is_in_graphs:
            Vocabulary.ALL = (*Vocabulary.ALL, cls)

    @classmethod
    def terms(cls) -> Iterator[NamedNode]:
        """The terms that provkg uses, in the order they are written here."""
        return (getattr(cls, name) for name in cls.__annotations__)


class PROVKG(Vocabulary, prefix="provkg", iri="https://w3id.org/provkg#"):
    """Ours; `ontologies/provkg.ttl` says what each means."""

    # documents and cells
    NotebookVersion: NamedNode
    ScriptVersion: NamedNode
    CellVersion: NamedNode
    cellId: NamedNode
    cellIndex: NamedNode
    cellType: NamedNode
    unparsedReason: NamedNode
    path: NamedNode
    inCell: NamedNode
    startLine: NamedNode
    endLine: NamedNode
    # data flow
    ProgramVariable: NamedNode
    VariableDefinition: NamedNode
    OrderDifference: NamedNode
    UnresolvedName: NamedNode
    ofVariable: NamedNode
    scope: NamedNode
    bindingKind: NamedNode
    pythonType: NamedNode
    jsonValue: NamedNode
    computedBy: NamedNode
    dependsOn: NamedNode
    carriedFrom: NamedNode
    executionInputVar: NamedNode
    inDocumentOrder: NamedNode
    inExecutionOrder: NamedNode
    # code
    ClassDefinition: NamedNode
    Block: NamedNode
    Loop: NamedNode
    Condition: NamedNode
    ErrorHandling: NamedNode
    ManagedContext: NamedNode
    Command: NamedNode
    Import: NamedNode
    blockKind: NamedNode
    commandKind: NamedNode
    signature: NamedNode
    decorator: NamedNode
    calls: NamedNode
    receiver: NamedNode
    qualifiedName: NamedNode
    imports: NamedNode
    importedName: NamedNode
    boundName: NamedNode
    isNamed: NamedNode
    moduleOrigin: NamedNode
    providedBy: NamedNode
    confidence: NamedNode
    # environment
    Requirement: NamedNode
    Environment: NamedNode
    EnvironmentVariable: NamedNode
    requires: NamedNode
    requiredLibrary: NamedNode
    versionSpecifier: NamedNode
    evidence: NamedNode
    implementation: NamedNode
    Hardware: NamedNode
    architecture: NamedNode
    processor: NamedNode
    processorCount: NamedNode
    memoryBytes: NamedNode
    graphicsProcessor: NamedNode
    driver: NamedNode
    GitCommit: NamedNode
    commitHash: NamedNode
    branch: NamedNode
    isClean: NamedNode
    # data
    FileAccess: NamedNode
    FileRead: NamedNode
    FileWrite: NamedNode
    Attachment: NamedNode
    reads: NamedNode
    writes: NamedNode
    accessedBy: NamedNode
    rule: NamedNode
    content: NamedNode
    fileKind: NamedNode
    locator: NamedNode
    isResolved: NamedNode
    # models
    modelClass: NamedNode
    finalEstimator: NamedNode
    component: NamedNode
    modelCount: NamedNode
    trainedBy: NamedNode
    constructedBy: NamedNode
    heldBy: NamedNode
    # learning
    Training: NamedNode
    DataSplit: NamedNode
    Splitting: NamedNode
    RandomSeed: NamedNode
    byCall: NamedNode
    trains: NamedNode
    trainingKind: NamedNode
    givenData: NamedNode
    dataRole: NamedNode
    splitRole: NamedNode
    excludedColumn: NamedNode
    derivedColumn: NamedNode
    takesApart: NamedNode
    gives: NamedNode
    parameterOf: NamedNode
    parameterKind: NamedNode
    isOption: NamedNode
    isDefault: NamedNode
    scoring: NamedNode
    onSplit: NamedNode
    TrainingRun: NamedNode
    DataState: NamedNode
    ModelState: NamedNode
    ofTraining: NamedNode
    rowCount: NamedNode
    missingCount: NamedNode
    weightCount: NamedNode
    roundCount: NamedNode
    contentHash: NamedNode
    isSampled: NamedNode
    shape: NamedNode
    phase: NamedNode
    # runs
    ErrorReport: NamedNode
    ProcessExecution: NamedNode
    commandLine: NamedNode
    exitCode: NamedNode
    executionCount: NamedNode
    sequenceIndex: NamedNode
    elapsedSeconds: NamedNode
    VariableState: NamedNode
    FunctionCall: NamedNode
    assignmentCount: NamedNode
    callCount: NamedNode
    sampleCount: NamedNode
    failureCount: NamedNode
    firstCall: NamedNode
    lastCall: NamedNode
    outputIndex: NamedNode
    outputKind: NamedNode
    streamName: NamedNode
    preview: NamedNode
    exceptionType: NamedNode
    traceback: NamedNode
    # the graph itself
    Problem: NamedNode
    severity: NamedNode
    message: NamedNode
    how: NamedNode
    # validation
    mend: NamedNode
    effort: NamedNode
    considers: NamedNode


class REPR(Vocabulary, prefix="repr", iri="https://w3id.org/reproduceme#"):
    """REPRODUCE-ME 1.1."""

    Notebook: NamedNode
    Script: NamedNode
    Cell: NamedNode
    Source: NamedNode
    Function: NamedNode
    FunctionActivation: NamedNode
    Argument: NamedNode
    Parameter: NamedNode
    Module: NamedNode
    Library: NamedNode
    File: NamedNode
    InputData: NamedNode
    Setting: NamedNode
    Kernel: NamedNode
    OperatingSystem: NamedNode
    ProgrammingLanguage: NamedNode
    Trial: NamedNode
    CellExecution: NamedNode
    Result: NamedNode
    Log: NamedNode
    ProspectiveProvenance: NamedNode
    RetrospectiveProvenance: NamedNode
    hasSetting: NamedNode


class PROV(Vocabulary, prefix="prov", iri="http://www.w3.org/ns/prov#"):
    """PROV-O."""

    Entity: NamedNode
    Activity: NamedNode
    Agent: NamedNode
    Plan: NamedNode
    Collection: NamedNode
    Bundle: NamedNode
    Person: NamedNode
    SoftwareAgent: NamedNode
    Association: NamedNode
    alternateOf: NamedNode
    specializationOf: NamedNode
    wasDerivedFrom: NamedNode
    wasRevisionOf: NamedNode
    wasInfluencedBy: NamedNode
    wasAttributedTo: NamedNode
    wasGeneratedBy: NamedNode
    wasInformedBy: NamedNode
    wasAssociatedWith: NamedNode
    qualifiedAssociation: NamedNode
    agent: NamedNode
    hadPlan: NamedNode
    hadMember: NamedNode
    used: NamedNode
    startedAtTime: NamedNode
    endedAtTime: NamedNode


class PPLAN(Vocabulary, prefix="p-plan", iri="http://purl.org/net/p-plan#"):
    """P-Plan."""

    Plan: NamedNode
    Step: NamedNode
    Variable: NamedNode
    Entity: NamedNode
    Activity: NamedNode
    isStepOfPlan: NamedNode
    isSubPlanOfPlan: NamedNode
    isPrecededBy: NamedNode
    hasInputVar: NamedNode
    hasOutputVar: NamedNode
    correspondsToStep: NamedNode
    correspondsToVariable: NamedNode


class PROVONE(Vocabulary, prefix="provone", iri="http://purl.dataone.org/provone/2015/01/15/ontology#"):
    """ProvONE."""

    Execution: NamedNode
    Visualization: NamedNode
    wasPartOf: NamedNode


class MLS(Vocabulary, prefix="mls", iri="http://www.w3.org/ns/mls#"):
    """ML-Schema."""

    Dataset: NamedNode
    EvaluationMeasure: NamedNode
    Feature: NamedNode
    HyperParameter: NamedNode
    HyperParameterSetting: NamedNode
    Implementation: NamedNode
    Model: NamedNode
    ModelEvaluation: NamedNode
    hasPart: NamedNode
    hasValue: NamedNode
    specifiedBy: NamedNode


class FAIR4ML(Vocabulary, prefix="fair4ml", iri="https://w3id.org/fair4ml#"):
    """FAIR4ML."""

    MLModel: NamedNode
    MLModelEvaluation: NamedNode
    fineTunedFrom: NamedNode
    hasEvaluation: NamedNode
    testedOn: NamedNode
    trainedOn: NamedNode
    validatedOn: NamedNode


class SCHEMA(Vocabulary, prefix="schema", iri="http://schema.org/"):
    """schema.org, whose IRIs are http."""

    SoftwareSourceCode: NamedNode
    SoftwareApplication: NamedNode
    MediaObject: NamedNode
    Dataset: NamedNode
    Person: NamedNode
    CompletedActionStatus: NamedNode
    FailedActionStatus: NamedNode
    about: NamedNode
    actionStatus: NamedNode
    codeRepository: NamedNode
    contentSize: NamedNode
    description: NamedNode
    encoding: NamedNode
    encodingFormat: NamedNode
    error: NamedNode
    isPartOf: NamedNode
    keywords: NamedNode
    name: NamedNode
    position: NamedNode
    programmingLanguage: NamedNode
    sha256: NamedNode
    softwareVersion: NamedNode
    text: NamedNode
    url: NamedNode
    value: NamedNode


class RDF(Vocabulary, prefix="rdf", iri="http://www.w3.org/1999/02/22-rdf-syntax-ns#"):
    """RDF."""

    first: NamedNode
    rest: NamedNode
    type: NamedNode
    value: NamedNode


class RDFS(Vocabulary, prefix="rdfs", iri="http://www.w3.org/2000/01/rdf-schema#"):
    """RDF Schema."""

    Class: NamedNode
    comment: NamedNode
    domain: NamedNode
    label: NamedNode
    range: NamedNode
    seeAlso: NamedNode
    subClassOf: NamedNode
    subPropertyOf: NamedNode


class XSD(Vocabulary, prefix="xsd", iri="http://www.w3.org/2001/XMLSchema#"):
    """The datatypes of XML Schema."""

    anyURI: NamedNode
    dateTime: NamedNode
    double: NamedNode
    string: NamedNode


class OWL(Vocabulary, prefix="owl", iri="http://www.w3.org/2002/07/owl#", is_in_graphs=False):
    """The Web Ontology Language, as ontologies are written in it."""

    AnnotationProperty: NamedNode
    Class: NamedNode
    DatatypeProperty: NamedNode
    ObjectProperty: NamedNode
    Thing: NamedNode
    disjointWith: NamedNode
    equivalentClass: NamedNode
    equivalentProperty: NamedNode
    imports: NamedNode
    propertyChainAxiom: NamedNode
    sameAs: NamedNode


class SH(Vocabulary, prefix="sh", iri="http://www.w3.org/ns/shacl#", is_in_graphs=False):
    """SHACL, in which the bank of questions is published, and the rules of validation are written."""

    AndConstraintComponent: NamedNode
    BlankNode: NamedNode
    BlankNodeOrIRI: NamedNode
    BlankNodeOrLiteral: NamedNode
    ClassConstraintComponent: NamedNode
    ClosedConstraintComponent: NamedNode
    ConstraintComponent: NamedNode
    DatatypeConstraintComponent: NamedNode
    DisjointConstraintComponent: NamedNode
    EqualsConstraintComponent: NamedNode
    HasValueConstraintComponent: NamedNode
    IRIOrLiteral: NamedNode
    IRI_: NamedNode
    InConstraintComponent: NamedNode
    Info: NamedNode
    LanguageInConstraintComponent: NamedNode
    LessThanConstraintComponent: NamedNode
    LessThanOrEqualsConstraintComponent: NamedNode
    Literal: NamedNode
    MaxCountConstraintComponent: NamedNode
    MaxExclusiveConstraintComponent: NamedNode
    MaxInclusiveConstraintComponent: NamedNode
    MaxLengthConstraintComponent: NamedNode
    MinCountConstraintComponent: NamedNode
    MinExclusiveConstraintComponent: NamedNode
    MinInclusiveConstraintComponent: NamedNode
    MinLengthConstraintComponent: NamedNode
    NodeConstraintComponent: NamedNode
    NodeKindConstraintComponent: NamedNode
    NodeShape: NamedNode
    NotConstraintComponent: NamedNode
    OrConstraintComponent: NamedNode
    Parameter: NamedNode
    PatternConstraintComponent: NamedNode
    PropertyShape: NamedNode
    QualifiedMaxCountConstraintComponent: NamedNode
    QualifiedMinCountConstraintComponent: NamedNode
    SPARQLAskExecutable: NamedNode
    SPARQLConstraintComponent: NamedNode
    SPARQLConstructExecutable: NamedNode
    SPARQLExecutable: NamedNode
    SPARQLSelectExecutable: NamedNode
    UniqueLangConstraintComponent: NamedNode
    ValidationReport: NamedNode
    ValidationResult: NamedNode
    Violation: NamedNode
    Warning: NamedNode
    XoneConstraintComponent: NamedNode
    alternativePath: NamedNode
    and_: NamedNode
    ask: NamedNode
    class_: NamedNode
    closed: NamedNode
    conforms: NamedNode
    construct: NamedNode
    datatype: NamedNode
    deactivated: NamedNode
    declare: NamedNode
    description: NamedNode
    disjoint: NamedNode
    equals: NamedNode
    flags: NamedNode
    focusNode: NamedNode
    hasValue: NamedNode
    ignoredProperties: NamedNode
    in_: NamedNode
    inversePath: NamedNode
    languageIn: NamedNode
    lessThan: NamedNode
    lessThanOrEquals: NamedNode
    maxCount: NamedNode
    maxExclusive: NamedNode
    maxInclusive: NamedNode
    maxLength: NamedNode
    message: NamedNode
    minCount: NamedNode
    minExclusive: NamedNode
    minInclusive: NamedNode
    minLength: NamedNode
    name: NamedNode
    namespace: NamedNode
    node: NamedNode
    nodeKind: NamedNode
    nodeValidator: NamedNode
    not_: NamedNode
    oneOrMorePath: NamedNode
    optional: NamedNode
    or_: NamedNode
    parameter: NamedNode
    path: NamedNode
    pattern: NamedNode
    prefix: NamedNode
    prefixes: NamedNode
    property: NamedNode
    propertyValidator: NamedNode
    qualifiedMaxCount: NamedNode
    qualifiedMinCount: NamedNode
    qualifiedValueShape: NamedNode
    qualifiedValueShapesDisjoint: NamedNode
    result: NamedNode
    resultMessage: NamedNode
    resultPath: NamedNode
    resultSeverity: NamedNode
    select: NamedNode
    severity: NamedNode
    sourceConstraintComponent: NamedNode
    sourceShape: NamedNode
    sparql: NamedNode
    targetClass: NamedNode
    targetNode: NamedNode
    targetObjectsOf: NamedNode
    targetSubjectsOf: NamedNode
    uniqueLang: NamedNode
    validator: NamedNode
    value: NamedNode
    xone: NamedNode
    zeroOrMorePath: NamedNode
    zeroOrOnePath: NamedNode


class SHAPES(Vocabulary, prefix="shapes", iri="https://w3id.org/provkg/shapes#", is_in_graphs=False):
    """Our shapes, named by their codes."""


class PROF(Vocabulary, prefix="prof", iri="http://www.w3.org/ns/dx/prof/", is_in_graphs=False):
    """The Profiles Vocabulary, in which profiles say what they extend and where their shapes are."""

    hasArtifact: NamedNode
    hasResource: NamedNode
    hasToken: NamedNode
    isProfileOf: NamedNode
    isTransitiveProfileOf: NamedNode


class DCTERMS(Vocabulary, prefix="dcterms", iri="http://purl.org/dc/terms/", is_in_graphs=False):
    """Dublin Core, as profiles and shapes use it."""

    conformsTo: NamedNode
    description: NamedNode
    requires: NamedNode
    source: NamedNode
    subject: NamedNode
    title: NamedNode


class SKOS(Vocabulary, prefix="skos", iri="http://www.w3.org/2004/02/skos/core#", is_in_graphs=False):
    """SKOS, as shapes use it."""

    definition: NamedNode
    example: NamedNode
    inScheme: NamedNode
    notation: NamedNode
    prefLabel: NamedNode


class SDO(Vocabulary, prefix="sdo", iri="https://schema.org/", is_in_graphs=False):
    """schema.org again, under the IRIs that catalogues of SPARQL examples use."""

    keywords: NamedNode
    target: NamedNode


PREFIXES: dict[str, str] = {vocabulary.PREFIX: vocabulary.IRI for vocabulary in Vocabulary.ALL}
"""Prefix → namespace of every vocabulary."""
