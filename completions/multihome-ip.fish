# SPDX-License-Identifier: GPL-2.0-or-later
# fish's completion for multihome-ip and multihome: the program itself says what may come next.

function __multihome_ip
    set -l words (commandline -opc)
    $words[1] -complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c multihome-ip -f -a '(__multihome_ip)'
complete -c multihome -f -a '(__multihome_ip)'
