# Words against patterns.
kind() {
    case $1 in
    "") echo "nothing" ;;
    [0-9]*[!0-9]*) echo "$1: begins with a digit" ;;
    [0-9]*) echo "$1: number" ;;
    -?|--*) echo "$1: option" ;;
    *.c|*.h) echo "$1: source" ;;
    */*) echo "$1: path" ;;
    \*) echo "$1: a star" ;;
    *) echo "$1: word" ;;
    esac
}
for word in "" 42 4x -v --help main.c a/b '*' plain; do kind "$word"; done
