"""What the page may ask for. Everything has a limit: the page is not trusted."""

from __future__ import annotations

from typing import TypeAlias

from paramwidget.protocol.requests.changing import Changing
from paramwidget.protocol.requests.judging import Judging
from paramwidget.protocol.requests.line import Line
from paramwidget.protocol.requests.looking import Looking
from paramwidget.protocol.requests.past import Past

Request: TypeAlias = Looking | Changing | Past | Judging | Line
