# SPDX-License-Identifier: GPL-2.0-or-later
# bash's completion for multihome-ip and multihome: the program itself says what may come next.

_multihome_ip()
{
	local IFS=$' \t\n' words line
	# Not COMP_WORDS: bash splits those at the colons of addresses.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} != *' ' ]] || words+=('')
	local last=${words[-1]}
	COMPREPLY=()
	while IFS= read -r line; do
		line=${line%%$'\t'*}
		[[ $last != *:* ]] || line=${line#"${last%:*}:"}
		COMPREPLY+=("$line")
	done < <("${words[0]}" -complete "${words[@]:1}" 2>/dev/null)
}
complete -o default -F _multihome_ip multihome-ip multihome
