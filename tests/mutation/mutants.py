"""The mutants of a module, by the operators of Cosmic Ray."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

#: Cosmic Ray can replace each operator of Python by each other one. Most of these mutants fail at
#: once, such as `>>` between floats, and would only make the figures look better. Kept are the
#: nearest replacement, and for comparisons also the opposite.
_REPLACEMENTS = {
    "Binary": "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Div Mod_Mul Pow_Mul LShift_RShift "
    "RShift_LShift BitOr_BitAnd BitAnd_BitOr BitXor_BitAnd",
    "Comparison": "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt "
    "Is_IsNot IsNot_Is",
    "Unary": "USub_UAdd UAdd_USub Delete_Invert Delete_Not",
}
_CHOSEN = frozenset(
    f"core/Replace{kind}Operator_{pair}"
    for kind, pairs in _REPLACEMENTS.items()
    for pair in pairs.split()
)


class Mutant(NamedTuple):
    """One change of a module; it keeps its name as long as the module stays the same."""

    module: str  #: its path
    operator: str  #: the operator of Cosmic Ray, without `core/`
    occurrence: int
    line: int

    def code(self, source: str) -> str | None:
        """Return the changed module.

        Parameters
        ----------
        source : str
            The module.

        Returns
        -------
        str or None
            None if the change is not valid Python, or only one of annotations, which nothing
            evaluates.
        """
        operator = plugins.get_operator(f"core/{self.operator}")()
        code: str | None = mutate_code(source, operator, self.occurrence)
        return code if code and _behaviour(code) not in (None, _behaviour(source)) else None


def find_mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield the mutants of a module, with some that have no code.

    Parameters
    ----------
    module : str
        Its path, for `Mutant.module`.
    source : str
        Its text.
    """
    nodes = [*ast_nodes(get_ast(source))]
    for name in sorted(plugins.operator_names()):
        if re.match(r"core/Replace(Binary|Comparison|Unary)Operator", name) and name not in _CHOSEN:
            continue
        operator_class = plugins.get_operator(name)
        if operator_class.arguments():
            continue  # it replaces variables that somebody chooses
        operator = operator_class()
        places = [(node, start) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (node, (line, _)) in enumerate(places):
            # In a list of parameters, the star before keyword arguments is no operator.
            if node.parent is None or node.parent.type != "parameters":
                yield Mutant(module, name.removeprefix("core/"), occurrence, line)


def modules_in(root: Path, path: str) -> list[str]:
    """Return the paths of the modules in a folder, or of one module, relative to `root`."""
    if (root / path).is_file():
        return [path]
    return sorted(file.relative_to(root).as_posix() for file in (root / path).rglob("*.py"))


class _WithoutAnnotations(ast.NodeTransformer):
    """Removes annotations of arguments, results and variables."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


@lru_cache(2)
def _behaviour(source: str) -> str | None:
    """Return the syntax tree without annotations as text; None if it is not valid Python."""
    try:
        return ast.dump(_WithoutAnnotations().visit(ast.parse(source)))
    except SyntaxError:
        return None
