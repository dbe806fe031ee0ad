"""Reading the configuration of a dlt source out of Python text: parsed, never run."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.setting import Code, Word
from spectra.documents.document import Node
from spectra.documents.reading import DEEPEST, MOST_NODES
from spectra.errors import ImportUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spectra.discovery.carrying.setting import Part

_MOST_CHARACTERS = 1_000_000
_SOURCES = ("rest_api_source", "rest_api_resources", "rest_api", "RESTAPIConfig", "dict")
_OFFSET = ("limit", "offset", "offset_param", "limit_param", "total_path", "maximum_offset", "stop_after_empty_page")
_PAGE = ("base_page", "page_param", "total_path", "maximum_page", "stop_after_empty_page")
_OAUTH = ("access_token_url", "client_id", "client_secret", "access_token_request_data", "default_token_expiration")
CLASSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "BearerTokenAuth": ("bearer", ("token",)),
    "APIKeyAuth": ("api_key", ("name", "api_key", "location")),
    "HttpBasicAuth": ("http_basic", ("username", "password")),
    "OAuth2ClientCredentials": ("oauth2_client_credentials", _OAUTH),
    "JSONLinkPaginator": ("json_link", ("next_url_path",)),
    "JSONResponsePaginator": ("json_link", ("next_url_path",)),
    "HeaderLinkPaginator": ("header_link", ("links_next_key",)),
    "HeaderCursorPaginator": ("header_cursor", ("cursor_key", "cursor_param")),
    "JSONResponseCursorPaginator": ("cursor", ("cursor_path", "cursor_param", "cursor_body_path")),
    "OffsetPaginator": ("offset", _OFFSET),
    "PageNumberPaginator": ("page_number", _PAGE),
    "SinglePagePaginator": ("single_page", ()),
    "incremental": ("incremental", ("cursor_path", "initial_value")),
}
_SHOWN = {
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.IfExp: "a condition",
    ast.Subscript: "an element of something",
    ast.Attribute: "an attribute of something",
    ast.BinOp: "a calculation",
    ast.Starred: "something unpacked",
}
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LOOKUPS = {"getenv": "env", "environ": "env", "secrets": "config", "config": "config"}


@dataclass(frozen=True, slots=True)
class Found:
    """The configurations in a Python file: the first one, and the places of others."""

    root: Node
    others: tuple[int, ...]


def read_python(text: str, file_name: str) -> Found:
    """Read the first configuration in Python text; raises ImportUnreadableError where there is none."""
    if len(text) > _MOST_CHARACTERS:
        raise ImportUnreadableError(f"longer than {_MOST_CHARACTERS:,} characters", place=f"{file_name}:1")
    try:
        tree = ast.parse(text)
        found = list(_configurations(tree))
    except SyntaxError as error:
        raise ImportUnreadableError(f"not Python: {error.msg}", place=f"{file_name}:{error.lineno or 1}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ImportUnreadableError(f"not Python: {type(error).__name__}", place=f"{file_name}:1") from None
    if not found:
        said = "no dictionary with 'client' and 'resources' stands in the file"
        raise ImportUnreadableError(said, place=f"{file_name}:1")
    first, *others = sorted(found, key=lambda each: (each.lineno, each.col_offset))
    return Found(_Reading(file_name, _assigned(tree)).node(first, 0), tuple(each.lineno for each in others))


def _configurations(tree: ast.AST) -> Iterator[ast.Dict | ast.Call]:
    for each in ast.walk(tree):
        if isinstance(each, ast.Dict):
            names = {key.value for key in each.keys if isinstance(key, ast.Constant)}
        elif isinstance(each, ast.Call) and _called(each.func) in _SOURCES:
            names = {keyword.arg for keyword in each.keywords}
        else:
            continue
        if {"client", "resources"} <= names:
            yield each


def _assigned(tree: ast.AST) -> dict[str, ast.expr]:
    """Return the names that are given a value exactly once in the file, with that value."""
    given: list[tuple[str, ast.expr]] = []
    bound: Counter[str] = Counter()
    for each in ast.walk(tree):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store | ast.Del):
            bound[each.id] += 1
        elif isinstance(each, ast.arg):
            bound[each.arg] += 1
        elif isinstance(each, ast.Assign) and len(each.targets) == 1 and isinstance(each.targets[0], ast.Name):
            given.append((each.targets[0].id, each.value))
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is not None:
            given.append((each.target.id, each.value))
    return {name: value for name, value in given if bound[name] == 1}


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


@dataclass(slots=True)
class _Reading:
    """Turns expressions into nodes, within the limits that hold for definitions."""

    file_name: str
    assigned: Mapping[str, ast.expr]
    nodes: int = 0
    following: list[str] = field(default_factory=list)

    def node(self, expression: ast.expr, depth: int) -> Node:
        """Return what an expression is when nothing is run."""
        self.nodes += 1
        if self.nodes > MOST_NODES or depth > DEEPEST:
            said = f"more than {MOST_NODES:,} values, or nested deeper than {DEEPEST} levels"
            raise ImportUnreadableError(said, place=f"{self.file_name}:{expression.lineno}")
        if isinstance(expression, ast.Name) and self._follows(expression.id):
            self.following.append(expression.id)
            node = self.node(self.assigned[expression.id], depth + 1)
            self.following.pop()
            return node
        return self._made(expression, depth)

    def _follows(self, name: str) -> bool:
        return name in self.assigned and name not in self.following

    def _made(self, expression: ast.expr, depth: int) -> Node:
        if isinstance(expression, ast.Dict):
            pairs = [
                (key.value if isinstance(key, ast.Constant) else None, key, value)
                for key, value in zip(expression.keys, expression.values, strict=True)
            ]
            return self._mapping(expression, pairs, depth)
        if isinstance(expression, ast.List | ast.Tuple):
            children = enumerate(self.node(each, depth + 1) for each in expression.elts)
            return Node(expression.lineno, expression.col_offset + 1, children=dict(children))
        if isinstance(expression, ast.Call):
            named = self._call(expression, depth)
            if named is not None:
                return named
        return Node(expression.lineno, expression.col_offset + 1, scalar=self._scalar(expression, depth))

    def _mapping(
        self, expression: ast.expr, pairs: Sequence[tuple[Any, ast.expr | None, ast.expr]], depth: int
    ) -> Node:
        children: dict[str | int, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        for name, key, value in pairs:
            place = key or value
            known = name if isinstance(name, str) else f"**{len(children)}"
            unpacked = Node(place.lineno, 1, scalar=(Code("something unpacked, or a key that is no text"),))
            children[known] = self.node(value, depth + 1) if isinstance(name, str) else unpacked
            keys[known] = place.lineno, place.col_offset + 1
        return Node(expression.lineno, expression.col_offset + 1, children=children, keys=keys)

    def _call(self, expression: ast.Call, depth: int) -> Node | None:
        """Return a call of a known class as the mapping that says the same; None for any other call."""
        function = expression.func.value if isinstance(expression.func, ast.Subscript) else expression.func
        called = _called(function)
        pairs: list[tuple[Any, ast.expr | None, ast.expr]] = [
            (word.arg, None, word.value) for word in expression.keywords
        ]
        if called in CLASSES:
            kind, names = CLASSES[called]
            positional = [(name, None, value) for name, value in zip(names, expression.args, strict=False)]
            place = ast.Constant(kind, lineno=expression.lineno, col_offset=expression.col_offset)
            return self._mapping(expression, [("type", None, place), *positional, *pairs], depth)
        return self._mapping(expression, pairs, depth) if called in _SOURCES and not expression.args else None

    def _scalar(self, expression: ast.expr, depth: int) -> Any:
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str | int | float | None):
            half = isinstance(expression.value, str) and _SURROGATE.search(expression.value)
            return (Code("a text with half a character"),) if half else expression.value
        if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.USub):
            inner = self._scalar(expression.operand, depth + 1) if depth < DEEPEST else None
            return -inner if isinstance(inner, int | float) else (Code("a calculation"),)
        return self._parts(expression, depth)

    def _parts(self, expression: ast.expr, depth: int) -> tuple[Part, ...]:
        """Return a text that is put together, in parts."""
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            return (expression.value,)
        if isinstance(expression, ast.JoinedStr):
            return tuple(part for each in expression.values for part in self._parts(each, depth + 1))
        if isinstance(expression, ast.FormattedValue):
            return self._text_of(expression.value, depth)
        if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add) and depth < DEEPEST:
            return self._text_of(expression.left, depth) + self._text_of(expression.right, depth)
        word = _word(expression)
        return (word if word is not None else Code(_shown(expression)),)

    def _text_of(self, expression: ast.expr, depth: int) -> tuple[Part, ...]:
        """Return the parts of an expression inside a text, names followed."""
        value = self.node(expression, depth + 1).scalar
        if isinstance(value, tuple):
            return value
        return (value,) if isinstance(value, str) else (str(value),) if isinstance(value, int) else (Code("a value"),)


def _word(expression: ast.expr) -> Part | None:
    """Return what `dlt.secrets["x"]`, `os.environ["X"]`, `os.getenv("X")` and `dlt.secrets.value` look up."""
    holder, key = None, None
    if isinstance(expression, ast.Subscript):
        holder, key = expression.value, expression.slice
    elif isinstance(expression, ast.Call) and expression.args:
        key = expression.args[0]
        got = isinstance(expression.func, ast.Attribute) and expression.func.attr == "get"
        holder = expression.func.value if got and isinstance(expression.func, ast.Attribute) else expression.func
    elif isinstance(expression, ast.Attribute) and expression.attr == "value":
        return "" if _LOOKUPS.get(_called(expression.value)) == "config" else None
    root = _LOOKUPS.get(_called(holder)) if holder is not None else None
    if root is None or not isinstance(key, ast.Constant) or not isinstance(key.value, str) or not key.value:
        return None
    return Word(root, tuple(key.value.split(".")) if root == "config" else (key.value,))


def _shown(expression: ast.expr) -> str:
    if isinstance(expression, ast.Name):
        return f"the name {expression.id}"
    if isinstance(expression, ast.Call):
        return f"a call of {_called(expression.func) or 'something'}()"
    return _SHOWN.get(type(expression), "something that only running the file would give")
