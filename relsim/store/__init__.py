"""What is kept: the folder of a result, which may come from anybody or be cut off at any time.

`writer` writes a result, or goes on with one; `manifest` says what is finished, with digests;
`arrays` holds the numbers, as `layout` names them; `plain_files` opens nothing but regular
files of a bounded size; `lock` admits one writer; `remote` copies results elsewhere. It may import
from runs and the rooms above it. Begin with `manifest`.
"""
