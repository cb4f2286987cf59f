"""A statement's tokens, read from left to right; what does not fit is a syntax error at that word."""
import re

from sqlglot.tokens import TokenType as T

import sqltext
import values
from errors import Failure


class Words:
    def __init__(self, text):
        self.text, self.tokens, self.at = text, sqltext.tokens_of(text), 0

    def raw(self, ahead=0):
        at = self.at + ahead
        return sqltext.raw(self.text, self.tokens[at]) if at < len(self.tokens) else ""

    def is_text(self, ahead=0):
        at = self.at + ahead
        return at < len(self.tokens) and self.tokens[at].token_type in (T.STRING, T.RAW_STRING, T.IDENTIFIER)

    def peek(self, ahead=0):
        """The word in capitals; nothing where a quoted one stands."""
        return "" if self.is_text(ahead) else self.raw(ahead).upper()

    def end(self):
        return self.at >= len(self.tokens)

    def fail(self):
        raise Failure("parse_end") if self.end() else Failure("parse", self.raw())

    def accept(self, *words):
        if all(self.peek(i) == w for i, w in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def expect(self, *words):
        if not self.accept(*words):
            self.fail()

    def done(self):
        if not self.end():
            self.fail()

    def name(self):
        """One identifier."""
        if self.end():
            self.fail()
        token, text = self.tokens[self.at], self.raw()
        if token.token_type != T.IDENTIFIER and not re.fullmatch(r"[A-Za-z_]\w*|\d+\w+", text):
            self.fail()
        self.at += 1
        return text[1:-1].replace("``", "`") if text[0] == "`" else text

    def path(self):
        out = [self.name()]
        while self.accept("."):
            out.append(self.name())
        return out

    def names(self):
        self.expect("(")
        out = [self.name()]
        while self.accept(","):
            out.append(self.name())
        self.expect(")")
        return out

    def string(self):
        if self.end() or self.tokens[self.at].token_type not in (T.STRING, T.RAW_STRING):
            self.fail()
        self.at += 1
        return self.tokens[self.at - 1].text

    def balanced(self):
        """The text within the parenthesis that opens here."""
        self.expect("(")
        first, depth = self.at, 1
        while depth:
            if self.end():
                self.fail()
            depth += {"(": 1, ")": -1}.get(self.peek(), 0)
            self.at += 1
        return self.between(first, self.at - 1)

    def between(self, first, last):
        return self.text[self.tokens[first].start:self.tokens[last - 1].end + 1] if last > first else ""

    def until(self, *stops):
        """The text up to one of these words, a comma or a closing parenthesis that stand in no bracket."""
        first, depth = self.at, 0
        while not self.end():
            word = self.peek()
            if depth == 0 and (word in stops or word in (",", ")")):
                break
            depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(word, 0)
            self.at += 1
        if first == self.at:
            self.fail()
        return self.between(first, self.at)

    def rest(self):
        first, self.at = self.at, len(self.tokens)
        return self.between(first, self.at)

    def kind(self):
        """A type."""
        first, depth = self.at, 0
        if self.end():
            self.fail()
        self.at += 1
        while not self.end():
            word = self.peek()
            opened = word in ("(", "<")
            if depth == 0 and not opened and not (self.peek(-1) in ("INTERVAL", "TO", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND") and
                                                 word in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO")):
                break
            depth += 1 if opened else -1 if word in (")", ">") else -2 if word == ">>" else 0
            self.at += 1
        text = self.between(first, self.at)
        kind = values.parse(text)
        if kind is None:
            raise Failure("type", text.upper())
        return kind
