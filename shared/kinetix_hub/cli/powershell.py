"""Completion in PowerShell, which click does not support."""

from __future__ import annotations

import os
import shlex

from click.shell_completion import CompletionItem, ShellComplete


class PowerShellComplete(ShellComplete):
    """`COMP_WORDS` is the line up to the cursor, `COMP_WORD` the word being typed."""

    name = "powershell"
    source_template = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $line, $cursor)
    $env:%(complete_var)s = 'powershell_complete'
    $env:COMP_WORDS = $line.ToString().Substring(0, [Math]::Min($cursor, $line.ToString().Length))
    $env:COMP_WORD = $word
    try {
        & %(prog_name)s | ForEach-Object {
            $kind, $value, $help = $_ -split "`t", 3
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    } finally {
        Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_WORD
    }
}
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        incomplete = os.environ.get("COMP_WORD", "")
        text = os.environ.get("COMP_WORDS", "").removesuffix(incomplete)
        return shlex.split(text, posix=False)[1:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type}\t{item.value}\t{item.help or ''}"
