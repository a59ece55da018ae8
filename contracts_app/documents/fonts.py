"""The documents' type face, the same on every machine.

Roboto comes as a wheel, so that a machine without any fonts can still make a PDF and every machine breaks
lines alike. Fonts of the machine stay available behind it for scripts that Roboto lacks.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import font_roboto

FAMILY = "Roboto"


def fontconfig(folder: Path) -> dict[str, str]:
    """Write a fontconfig file into `folder`; returns the environment that makes a converter use it.

    The explicit `edit` is needed: without it the wheel converter finds the folder and still reports that
    there are no fonts, because no pattern it asks for ever matches.
    """
    configuration = folder / "fonts.conf"
    configuration.write_text(
        f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{escape(font_roboto.font_directory)}</dir>
  <cachedir>{escape(str(folder / "font-cache"))}</cachedir>
  <match target="pattern">
    <edit name="family" mode="append" binding="same"><string>{FAMILY}</string></edit>
  </match>
</fontconfig>
""",
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(configuration)}
