# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_apicall_cli_global_optspecs
    string join \n host= profile= o/output= h/help V/version
end

function __fish_apicall_cli_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_apicall_cli_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_apicall_cli_using_subcommand
    set -l cmd (__fish_apicall_cli_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -s V -l version -d 'Print version'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "login" -d 'Log in and remember it'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "logout" -d 'Void every token of this user'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "status" -d 'Whether the engine and its parts are well, and who is logged in'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "user" -d 'Who may log in, what they may do, and what was done'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "token" -d 'What programs ask with instead of a login'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "project" -d 'Tenants and their calling rules'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "trunk" -d 'Ways out to the telephone network'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "audio" -d 'The library: what flows may play, uploaded or declared to be on the switches'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "campaign" -d 'Lists of contacts being called'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "contact" -d 'The contacts of campaigns'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "call" -d 'Single calls, and the record of all'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "dnc" -d 'Numbers that are not to be called, by all projects or by one'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "why" -d 'Why a number is called, or not: every rule, what it says, and when it may be called; exit 1 when that is not now'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "webhook" -d 'Addresses that are told of a project\'s calls and campaigns'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "switch" -d 'The PBXs of the engine'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "amd" -d 'Detection of answering machines: its parameters, on recorded greetings'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "smoke" -d 'Flow tests: files that say how a callee behaves, and what is expected of the call'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "completions" -d 'Completions of a shell, to be sourced by it'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "stats" -d 'Live statistics'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "manual" -d 'This manual as Markdown'
complete -c apicall-cli -n "__fish_apicall_cli_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand login" -l user -d 'Who' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand login" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand login" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand login" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand login" -l password-stdin -d 'Read the password from stdin instead of asking; APICALL_PASSWORD is taken as well'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand logout" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand logout" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand logout" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand status" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand status" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand status" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "show" -d 'One of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "delete" -d 'Remove one with their tokens'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "password" -d 'Change your own password; every session of yours ends'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "log" -d 'What was done, by whom and from where, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and not __fish_seen_subcommand_from add list show set delete password log help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -l role -d 'What they may do: admin, supervisor or viewer' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -l projects -d 'The projects in which a supervisor or a viewer may do it, by ids or names, several between commas' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -l full-name -d 'The name of the person; the username when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -l password-stdin -d 'Read the password from stdin instead of asking; APICALL_NEW_PASSWORD is taken as well'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from show" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from show" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l role -d 'What they may do: admin, supervisor or viewer' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l projects -d 'The projects in which they may do it, by ids or names, several between commas, or none; replaces those they have' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l full-name -d 'The name of the person' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l disabled -d 'Whether they are kept out, with all their sessions and tokens' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l password -d 'Give them another password, which is asked for, or taken from APICALL_NEW_PASSWORD; their sessions end'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -l password-stdin -d 'The same, read from stdin'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from password" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from password" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from password" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from password" -l password-stdin -d 'Read the password as it is, and on a second line the new one, from stdin instead of asking'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from password" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -l user -d 'By this user' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -l subject -d 'To this, as in "project 7"' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -l limit -d 'At most this many' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "show" -d 'One of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove one with their tokens'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "password" -d 'Change your own password; every session of yours ends'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "log" -d 'What was done, by whom and from where, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -f -a "add" -d 'Make one for programs of yours; it is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -f -a "list" -d 'Yours; an admin\'s list has everybody\'s'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -f -a "delete" -d 'Remove one: it opens nothing any more'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and not __fish_seen_subcommand_from add list delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -l access -d 'How much of what you may do it may do: read or full' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -l projects -d 'In which of your projects, by ids or names, several between commas; in all of them when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -l days -d 'For how many days; until it is deleted when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from list" -l user -d 'Of this user' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make one for programs of yours; it is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "list" -d 'Yours; an admin\'s list has everybody\'s'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove one: it opens nothing any more'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "show" -d 'One of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "caller-ids" -d 'How its numbers do: uses, answer rate, rest'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "delete" -d 'Remove one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and not __fish_seen_subcommand_from add list show set caller-ids delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l id -d 'An id of your choice' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l name -d 'Its name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l country -d 'The country by which national numbers are read, as in CO' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l timezone -d 'IANA time zone' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l trunk -d 'The trunk its calls leave by, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l trunks -d 'Several trunks instead, between commas: name:priority:weight, as in carrier:1:30,other:1:10,reserve:2; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l caller-id -d 'The number callees see, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l caller-ids -d 'Numbers of which callees see one, several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l caller-id-policy -d 'Which of them: fixed, round_robin, least_used, local_presence or learned; round_robin when nothing is said' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l caller-id-daily-cap -d 'Most calls a day from each of them, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l caller-id-rest -d 'When one of them rests: "5% of 100 for 24h" is when fewer than 5 in 100 calls are answered, for 24 hours; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l caller-id-explore -d 'In how many of 100 calls the policy learned draws any of them' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l when-no-caller-id -d 'When none of them is free: wait, or show the project\'s own caller_id' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l smart-cid -d 'True: the policy local_presence, with --caller-ids or else --caller-id; false: one number for all' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l max-attempts -d 'Most calls to one contact' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l retry -d 'Wait before another call: outcome=seconds, as in busy=300, or outcome=none for none; several between commas. What is not named stays; at first it is machine=3600, busy=300, no_answer=1800, unreachable=1800, congestion=60, failed=300, lost=60' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l backoff -d 'Make each further wait so many times as long: outcome=times, as in no_answer=2; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l longest-wait-s -d 'The longest of these waits, in seconds' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l other-hour -d 'Call in another hour of the callee\'s day after these outcomes, several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l ring-timeout-s -d 'How long a call may ring, in seconds' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l max-call-s -d 'How long an answered call may last, in seconds' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l number-caps -d 'Most calls to a number in any window, across campaigns: 3/24h, 1 answered/7d, or a policy, as in us_regulation_f; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l hours -d 'When people may be called: days and minutes, as in "mon-fri 08:00-20:00"; may be given several times; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l hours-zone -d 'By whose clock: project or callee' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l holidays -d 'Days off: 2026-04-03, or 12-25 for every year; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l cps -d 'Most originates a second, or none for no limit of its own' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l channels -d 'Most simultaneous channels, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l audio -d 'What is played first' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l digit -d 'The key that asks for the transfer' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l overflow-number -d 'Who is called for the transfer, in E.164' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l amd -d 'Detection of answering machines: true, false, or eight numbers between bars' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l machine-message -d 'What a machine is left, after its greeting; the call ends on a machine otherwise. Only with --amd' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l flow -d 'A flow of your own, as YAML or JSON' -r -F
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from show" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from show" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l name -d 'Its name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l country -d 'The country by which national numbers are read, as in CO' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l timezone -d 'IANA time zone' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l trunk -d 'The trunk its calls leave by, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l trunks -d 'Several trunks instead, between commas: name:priority:weight, as in carrier:1:30,other:1:10,reserve:2; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l caller-id -d 'The number callees see, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l caller-ids -d 'Numbers of which callees see one, several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l caller-id-policy -d 'Which of them: fixed, round_robin, least_used, local_presence or learned; round_robin when nothing is said' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l caller-id-daily-cap -d 'Most calls a day from each of them, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l caller-id-rest -d 'When one of them rests: "5% of 100 for 24h" is when fewer than 5 in 100 calls are answered, for 24 hours; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l caller-id-explore -d 'In how many of 100 calls the policy learned draws any of them' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l when-no-caller-id -d 'When none of them is free: wait, or show the project\'s own caller_id' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l smart-cid -d 'True: the policy local_presence, with --caller-ids or else --caller-id; false: one number for all' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l max-attempts -d 'Most calls to one contact' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l retry -d 'Wait before another call: outcome=seconds, as in busy=300, or outcome=none for none; several between commas. What is not named stays; at first it is machine=3600, busy=300, no_answer=1800, unreachable=1800, congestion=60, failed=300, lost=60' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l backoff -d 'Make each further wait so many times as long: outcome=times, as in no_answer=2; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l longest-wait-s -d 'The longest of these waits, in seconds' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l other-hour -d 'Call in another hour of the callee\'s day after these outcomes, several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l ring-timeout-s -d 'How long a call may ring, in seconds' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l max-call-s -d 'How long an answered call may last, in seconds' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l number-caps -d 'Most calls to a number in any window, across campaigns: 3/24h, 1 answered/7d, or a policy, as in us_regulation_f; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l hours -d 'When people may be called: days and minutes, as in "mon-fri 08:00-20:00"; may be given several times; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l hours-zone -d 'By whose clock: project or callee' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l holidays -d 'Days off: 2026-04-03, or 12-25 for every year; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l cps -d 'Most originates a second, or none for no limit of its own' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l channels -d 'Most simultaneous channels, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l audio -d 'What is played first' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l digit -d 'The key that asks for the transfer' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l overflow-number -d 'Who is called for the transfer, in E.164, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l amd -d 'Detection of answering machines: true, false, or eight numbers between bars' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l machine-message -d 'What a machine is left, after its greeting, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l flow -d 'A flow of your own, as YAML or JSON, instead of the one it has' -r -F
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from caller-ids" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from caller-ids" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from caller-ids" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from caller-ids" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "show" -d 'One of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "caller-ids" -d 'How its numbers do: uses, answer rate, rest'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand project; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -f -a "show" -d 'One of them, and whether it is trusted with calls'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -f -a "delete" -d 'Remove one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and not __fish_seen_subcommand_from add list show set delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l name -d 'Its name on the switch: the PJSIP endpoint, or the gateway of a FreeSWITCH' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l switch -d 'The switch; may be left out when there is one' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l prefix -d 'Digits put in front of every number' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l caller-id-format -d 'How it wants caller IDs: as_is, plus (with a plus sign in front) or digits (without one)' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l breaker -d 'Whether it is let alone for a while when its calls fail; it is when nothing is said' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l cps -d 'Most originates a second, or none for no limit of its own' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l channels -d 'Most simultaneous channels, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from show" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from show" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l prefix -d 'Digits put in front of every number' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l enabled -d 'Whether calls may use it' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l caller-id-format -d 'How it wants caller IDs: as_is, plus (with a plus sign in front) or digits (without one)' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l breaker -d 'Whether it is let alone for a while when its calls fail' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l cps -d 'Most originates a second, or none for no limit of its own' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l channels -d 'Most simultaneous channels, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from help" -f -a "show" -d 'One of them, and whether it is trusted with calls'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand trunk; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "add" -d 'Upload one: wav, mp3, ogg, flac, gsm, ulaw, alaw, sln or sln16'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "declare" -d 'Declare sounds that the switches have themselves, so that flows may play them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "list" -d 'All of the library'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "show" -d 'One of it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "get" -d 'Get what a switch plays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "delete" -d 'Take one out of the library; refused while a flow plays it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and not __fish_seen_subcommand_from add declare list show get delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -l name -d 'What flows call it; the file\'s name without extension when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -l form -d 'What it is, where neither its beginning nor the file\'s extension tells: gsm, ulaw, alaw, sln, sln16' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -l replace -d 'Let it take the place of one of the same name'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from declare" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from declare" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from declare" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from declare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from show" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from show" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from get" -l as-file -d 'Which of its files: wav at 8 kHz, wav16 at 16 kHz, gsm' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from get" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from get" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from get" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "add" -d 'Upload one: wav, mp3, ogg, flac, gsm, ulaw, alaw, sln or sln16'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "declare" -d 'Declare sounds that the switches have themselves, so that flows may play them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of the library'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "show" -d 'One of it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "get" -d 'Get what a switch plays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Take one out of the library; refused while a flow plays it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand audio; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "create" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "set" -d 'Change one, also while it runs; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "import" -d 'Add the contacts of a number list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "preflight" -d 'What would keep it from dialing well, before it starts; exit 1 when it would call nobody'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "simulate" -d 'What becomes of it, were it started now: when it is done, calls, channels, rates, and what holds it back'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "start" -d 'Begin, or begin again'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "pause" -d 'Dial nobody new; live calls go on'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "resume" -d 'Go on after a pause'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "stop" -d 'End; live calls go on'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "show" -d 'One of them, in numbers'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "delete" -d 'Remove one with its contacts; the records of its calls stay'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and not __fish_seen_subcommand_from create set import preflight simulate start pause resume stop show list delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l project -d 'The project it calls for, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l name -d 'Its name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l weight -d 'Its share among the running campaigns, 1 to 100' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l hours -d 'When people may be called: days and minutes, as in "mon-fri 08:00-20:00"; may be given several times; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l hours-zone -d 'By whose clock: project or callee' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l holidays -d 'Days off: 2026-04-03, or 12-25 for every year; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l starts-at -d 'Call nobody before this time, as in 2026-11-21T08:00:00-05:00, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l ends-at -d 'Stop at this time, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l cps -d 'Most originates a second, or none for no limit of its own' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l channels -d 'Most simultaneous channels, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l name -d 'Its name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l weight -d 'Its share among the running campaigns, 1 to 100' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l hours -d 'When people may be called: days and minutes, as in "mon-fri 08:00-20:00"; may be given several times; or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l hours-zone -d 'By whose clock: project or callee' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l holidays -d 'Days off: 2026-04-03, or 12-25 for every year; several between commas, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l starts-at -d 'Call nobody before this time, as in 2026-11-21T08:00:00-05:00, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l ends-at -d 'Stop at this time, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l cps -d 'Most originates a second, or none for no limit of its own' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l channels -d 'Most simultaneous channels, or none' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l number-column -d 'The column of the numbers, by header or by position from 1' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l columns -d 'Renamed columns: header=variable, several between commas' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l delimiter -d '`,` `;` `|` or tab' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l header -d 'Whether the first row is a header' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l rejects -d 'Write every refused row to this file, as CSV' -r -F
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from preflight" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from preflight" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from preflight" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from preflight" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from simulate" -l model -d 'How callees behave, as JSON; learned from the project\'s calls of late when absent' -r -F
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from simulate" -l seed -d 'What chance is drawn from; the same gives the same answer' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from simulate" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from simulate" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from simulate" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from start" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from start" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from start" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from start" -l preflight -d 'Look first what would keep it from dialing well, tell it on stderr, and start nothing when it would call nobody'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from start" -l wait -d 'Wait until it has finished; exit 1 when somebody stops it instead'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from pause" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from pause" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from pause" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from resume" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from resume" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from resume" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from stop" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from stop" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from stop" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from show" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from show" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from list" -l project -d 'Of this project, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from list" -l state -d 'In this state' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change one, also while it runs; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "import" -d 'Add the contacts of a number list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "preflight" -d 'What would keep it from dialing well, before it starts; exit 1 when it would call nobody'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "simulate" -d 'What becomes of it, were it started now: when it is done, calls, channels, rates, and what holds it back'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "start" -d 'Begin, or begin again'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Dial nobody new; live calls go on'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Go on after a pause'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "stop" -d 'End; live calls go on'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "show" -d 'One of them, in numbers'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove one with its contacts; the records of its calls stay'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand campaign; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and not __fish_seen_subcommand_from list help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and not __fish_seen_subcommand_from list help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and not __fish_seen_subcommand_from list help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'The contacts of a campaign'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -l campaign -d 'Which campaign' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -l state -d 'In this state' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -l limit -d 'At most this many; all when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from help" -f -a "list" -d 'The contacts of a campaign'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand contact; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l project -d 'The project, by its id or name, whose flow, trunk and limits apply' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l number -d 'Whom to call; national forms are read by the project\'s country' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l trunk -d 'Another trunk than the project\'s' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l var -d 'A variable for the flow: name=value' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l expect -d 'Wait, and fail unless it ends so: OUTCOME or OUTCOME/RESULT' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -l wait -d 'Wait until it has ended, and show it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -f -a "place" -d 'Place one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -f -a "list" -d 'The record, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -f -a "show" -d 'One of them, with what happened when'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -f -a "hangup" -d 'End one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and not __fish_seen_subcommand_from place list show hangup help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l project -d 'The project, by its id or name, whose flow, trunk and limits apply' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l number -d 'Whom to call; national forms are read by the project\'s country' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l trunk -d 'Another trunk than the project\'s' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l var -d 'A variable for the flow: name=value' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l expect -d 'Wait, and fail unless it ends so: OUTCOME or OUTCOME/RESULT' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -l wait -d 'Wait until it has ended, and show it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from place" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l project -d 'Of this project, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l campaign -d 'Of this campaign' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l number -d 'To this number, in E.164' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l state -d 'In this state' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l outcome -d 'With this outcome' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l result -d 'With this result' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l origin -d 'Asked for by: campaign, manual, dialplan' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l contact -d 'To this contact' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l from -d 'Made at or after this time, as in 2026-11-21T08:00:00-05:00' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l to -d 'Made before this time' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l limit -d 'At most this many; all when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from show" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from show" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from show" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from hangup" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from hangup" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from hangup" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from hangup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from help" -f -a "place" -d 'Place one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from help" -f -a "list" -d 'The record, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from help" -f -a "show" -d 'One of them, with what happened when'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from help" -f -a "hangup" -d 'End one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand call; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -f -a "add" -d 'Add a number, at once also for calls that wait'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -f -a "list" -d 'The lists'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -f -a "import" -d 'Add the numbers of a list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -f -a "export" -d 'Write the lists as CSV, as they can be imported again'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -f -a "delete" -d 'Take a number off a list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and not __fish_seen_subcommand_from add list import export delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from add" -l project -d 'For this project, by its id or name; for all when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from add" -l reason -d 'Why' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -l project -d 'That of this project, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -l number -d 'Entries of this number, in E.164' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -l limit -d 'At most this many; all when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -l everybody -d 'That of all projects'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l project -d 'For this project, by its id or name; for all when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l country -d 'The country by which national numbers are read, as in CO; the project\'s when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l reason -d 'Why' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l number-column -d 'The column of the numbers, by header or by position from 1' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l delimiter -d '`,` `;` `|` or tab' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l header -d 'Whether the first row is a header' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from export" -l project -d 'That of this project, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from export" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from export" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from export" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from export" -l everybody -d 'That of all projects'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from delete" -l project -d 'Off the list of this project, by its id or name; off that of all when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a number, at once also for calls that wait'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from help" -f -a "list" -d 'The lists'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from help" -f -a "import" -d 'Add the numbers of a list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write the lists as CSV, as they can be imported again'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Take a number off a list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand dnc; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -l project -d 'For this project, by its id or name; for each that knows the number, or else for all, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -l campaign -d 'By this campaign; by each that has the number, or singly when none has, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -l at -d 'At this moment, as in 2026-11-21T08:00:00-05:00; now when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -l single -d 'As a single call, whatever campaigns have the number'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "add" -d 'Make one; its secret is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "delete" -d 'Remove one with its log, and what it was still to be told'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "test" -d 'Send it a test and wait for the answer; exit 1 when it is not taken'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "deliveries" -d 'What it was told and how that went, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "redeliver" -d 'Send a delivery once more, at once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and not __fish_seen_subcommand_from add list set delete test deliveries redeliver help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -l project -d 'The project whose events it is told of, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -l url -d 'Where it is: http:// or https://' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -l events -d 'Of what, between commas: call.answered, call.ended, campaign.started, campaign.paused, campaign.resumed, campaign.stopped, campaign.finished' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from list" -l project -d 'Of this project, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -l url -d 'Where it is' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -l events -d 'Of what, between commas' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -l active -d 'Whether it is told' -r -f -a "true\t''
false\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -l new-secret -d 'Give it a new secret, which is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from delete" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from delete" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from delete" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from test" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from test" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from test" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from deliveries" -l state -d 'In this state: waiting, delivered or failed' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from deliveries" -l limit -d 'At most this many' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from deliveries" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from deliveries" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from deliveries" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from deliveries" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from redeliver" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from redeliver" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from redeliver" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from redeliver" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make one; its secret is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove one with its log, and what it was still to be told'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "test" -d 'Send it a test and wait for the answer; exit 1 when it is not taken'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "deliveries" -d 'What it was told and how that went, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "redeliver" -d 'Send a delivery once more, at once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand webhook; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and not __fish_seen_subcommand_from list help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and not __fish_seen_subcommand_from list help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and not __fish_seen_subcommand_from list help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and __fish_seen_subcommand_from list" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and __fish_seen_subcommand_from list" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and __fish_seen_subcommand_from list" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and __fish_seen_subcommand_from help" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand switch; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and not __fish_seen_subcommand_from tune help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and not __fish_seen_subcommand_from tune help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and not __fish_seen_subcommand_from tune help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and not __fish_seen_subcommand_from tune help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and not __fish_seen_subcommand_from tune help" -f -a "tune" -d 'Judge recorded greetings with other parameters, and show who would be taken for whom'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and not __fish_seen_subcommand_from tune help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l labels -d 'Who is in which recording: CSV with the columns file and label, human or machine; files are relative to it. Without paths, all of them are judged' -r -F
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l project -d 'The parameters to compare with: a project\'s, by its id or name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l amd -d 'The parameters to compare with, as in a project; Asterisk\'s own otherwise' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l set -d 'Another value for a parameter, as in greeting_ms=1800; as often as wanted' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l try -d 'Values to try, as in greeting_ms=1200,1500,1800; with several, each with each' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l best -d 'How many of the tried parameters to show' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -l files -d 'Show each recording and what was found, with the parameters that --set changes, instead of counts'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from tune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from help" -f -a "tune" -d 'Judge recorded greetings with other parameters, and show who would be taken for whom'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand amd; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -f -a "run" -d 'Run scenario files: place their calls, and judge them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -f -a "init" -d 'Write a commented example for a project'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -f -a "schema" -d 'The JSON schema of a kind of file, for editors'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and not __fish_seen_subcommand_from run init schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l pbx -d 'Which PBX the emulated switch is' -r -f -a "asterisk\t''
freeswitch\t''"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l filter -d 'Only cases that have this in their name' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l jobs -d 'How many calls at a time, 1 to 100' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l timeout -d 'How long one call may take, in seconds; then it is hung up, and has failed' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l junit -d 'Write a JUnit report to this file as well' -r -F
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l min-coverage -d 'Fail when the calls went through less of a flow, in percent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l local -d 'Start an engine with an emulated switch and an empty store for this, and stop it afterwards'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -l coverage -d 'Tell which steps and exits of each flow the calls went through'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from init" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from init" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from init" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from schema" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from schema" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from schema" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run scenario files: place their calls, and judge them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from help" -f -a "init" -d 'Write a commented example for a project'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from help" -f -a "schema" -d 'The JSON schema of a kind of file, for editors'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand smoke; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand completions" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand completions" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand completions" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand stats" -l project -d 'Of this project alone, by its id or name: ended calls, and what detection said' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand stats" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand stats" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand stats" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand stats" -l watch -d 'Go on until interrupted, a line or a screen a second'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand manual" -l host -d 'The engine\'s address; the profile\'s, else http://127.0.0.1:8080, when absent' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand manual" -l profile -d 'Which login to use' -r
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand manual" -s o -l output -d 'How to print' -r -f -a "table\t'For people'
json\t'What the API gives'
csv\t'For spreadsheets'"
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand manual" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "login" -d 'Log in and remember it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "logout" -d 'Void every token of this user'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "status" -d 'Whether the engine and its parts are well, and who is logged in'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "user" -d 'Who may log in, what they may do, and what was done'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "token" -d 'What programs ask with instead of a login'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "project" -d 'Tenants and their calling rules'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "trunk" -d 'Ways out to the telephone network'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "audio" -d 'The library: what flows may play, uploaded or declared to be on the switches'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "campaign" -d 'Lists of contacts being called'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "contact" -d 'The contacts of campaigns'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "call" -d 'Single calls, and the record of all'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "dnc" -d 'Numbers that are not to be called, by all projects or by one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "why" -d 'Why a number is called, or not: every rule, what it says, and when it may be called; exit 1 when that is not now'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "webhook" -d 'Addresses that are told of a project\'s calls and campaigns'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "switch" -d 'The PBXs of the engine'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "amd" -d 'Detection of answering machines: its parameters, on recorded greetings'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "smoke" -d 'Flow tests: files that say how a callee behaves, and what is expected of the call'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "completions" -d 'Completions of a shell, to be sourced by it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "stats" -d 'Live statistics'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "manual" -d 'This manual as Markdown'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and not __fish_seen_subcommand_from login logout status user token project trunk audio campaign contact call dnc why webhook switch amd smoke completions stats manual help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "show" -d 'One of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "delete" -d 'Remove one with their tokens'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "password" -d 'Change your own password; every session of yours ends'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "log" -d 'What was done, by whom and from where, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "add" -d 'Make one for programs of yours; it is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "list" -d 'Yours; an admin\'s list has everybody\'s'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "delete" -d 'Remove one: it opens nothing any more'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from project" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from project" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from project" -f -a "show" -d 'One of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from project" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from project" -f -a "caller-ids" -d 'How its numbers do: uses, answer rate, rest'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from project" -f -a "delete" -d 'Remove one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from trunk" -f -a "add" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from trunk" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from trunk" -f -a "show" -d 'One of them, and whether it is trusted with calls'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from trunk" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from trunk" -f -a "delete" -d 'Remove one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from audio" -f -a "add" -d 'Upload one: wav, mp3, ogg, flac, gsm, ulaw, alaw, sln or sln16'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from audio" -f -a "declare" -d 'Declare sounds that the switches have themselves, so that flows may play them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from audio" -f -a "list" -d 'All of the library'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from audio" -f -a "show" -d 'One of it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from audio" -f -a "get" -d 'Get what a switch plays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from audio" -f -a "delete" -d 'Take one out of the library; refused while a flow plays it'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "create" -d 'Make one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "set" -d 'Change one, also while it runs; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "import" -d 'Add the contacts of a number list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "preflight" -d 'What would keep it from dialing well, before it starts; exit 1 when it would call nobody'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "simulate" -d 'What becomes of it, were it started now: when it is done, calls, channels, rates, and what holds it back'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "start" -d 'Begin, or begin again'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "pause" -d 'Dial nobody new; live calls go on'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "resume" -d 'Go on after a pause'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "stop" -d 'End; live calls go on'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "show" -d 'One of them, in numbers'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from campaign" -f -a "delete" -d 'Remove one with its contacts; the records of its calls stay'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from contact" -f -a "list" -d 'The contacts of a campaign'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from call" -f -a "place" -d 'Place one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from call" -f -a "list" -d 'The record, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from call" -f -a "show" -d 'One of them, with what happened when'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from call" -f -a "hangup" -d 'End one'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from dnc" -f -a "add" -d 'Add a number, at once also for calls that wait'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from dnc" -f -a "list" -d 'The lists'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from dnc" -f -a "import" -d 'Add the numbers of a list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from dnc" -f -a "export" -d 'Write the lists as CSV, as they can be imported again'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from dnc" -f -a "delete" -d 'Take a number off a list'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "add" -d 'Make one; its secret is shown this once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "set" -d 'Change one; what is not named stays'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "delete" -d 'Remove one with its log, and what it was still to be told'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "test" -d 'Send it a test and wait for the answer; exit 1 when it is not taken'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "deliveries" -d 'What it was told and how that went, newest first'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from webhook" -f -a "redeliver" -d 'Send a delivery once more, at once'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from switch" -f -a "list" -d 'All of them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from amd" -f -a "tune" -d 'Judge recorded greetings with other parameters, and show who would be taken for whom'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from smoke" -f -a "run" -d 'Run scenario files: place their calls, and judge them'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from smoke" -f -a "init" -d 'Write a commented example for a project'
complete -c apicall-cli -n "__fish_apicall_cli_using_subcommand help; and __fish_seen_subcommand_from smoke" -f -a "schema" -d 'The JSON schema of a kind of file, for editors'
