# The options of a script.
parse() {
    OPTIND=1
    while getopts "ab:c" option "$@"; do
        case $option in
        a|c) echo "option $option" ;;
        b) echo "option b with $OPTARG" ;;
        *) echo "unknown" ;;
        esac
    done
    shift $((OPTIND - 1))
    echo "left: $*"
}
parse -a -b value rest of it
parse -cb value -- -a
parse -x 2>/dev/null
parse plain
