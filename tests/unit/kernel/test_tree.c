/* The ordered tree against a sorted array, with the rules of red-black trees checked after every step. */
#include "lib/tree.h"

#include <stdlib.h>

#include "test.h"

#define ELEMENTS_MAX 600

struct element {
    struct tree_node node;
    bool is_in_tree;
};

/* What an oracle knows of the tree under test: its elements in order. */
static struct tree tree;
static struct element elements[ELEMENTS_MAX];
static struct element *sorted[ELEMENTS_MAX];
static size_t sorted_count;

static int start_empty(void **state)
{
    (void)state;
    memset(elements, 0xcc, sizeof(elements)); /* the tree must not read what it has not written */
    for (size_t i = 0; i < ELEMENTS_MAX; i++)
        elements[i].is_in_tree = false;
    sorted_count = 0;
    memset(&tree, 0xcc, sizeof(tree));
    tree_init(&tree);
    return 0;
}

/* Check the colours and upward links below a node; return the number of black nodes on each way down. */
static unsigned check_colours(const struct tree_node *node, const struct tree_node *parent)
{
    if (node == NULL)
        return 0;
    assert_ptr_equal(node->parent, parent);
    if (node->is_red)
        assert_false(parent == NULL || parent->is_red);

    unsigned black = check_colours(node->left, node);
    assert_int_equal(check_colours(node->right, node), black);
    return black + !node->is_red;
}

static void check_tree(void)
{
    struct tree_node *node = tree_first(&tree);

    check_colours(tree.root, NULL);
    assert_int_equal(tree_is_empty(&tree), sorted_count == 0);
    for (size_t i = 0; i < sorted_count; i++) {
        assert_ptr_equal(node, &sorted[i]->node);
        node = tree_next(node);
    }
    assert_null(node);
}

static void sorted_open(size_t at)
{
    memmove(&sorted[at + 1], &sorted[at], (sorted_count - at) * sizeof(sorted[0]));
    sorted_count++;
}

static void insert(struct element *element, uint64_t key)
{
    size_t at = sorted_count;

    element->node.key = key;
    element->is_in_tree = true;
    tree_insert(&tree, &element->node);
    while (at > 0 && (int64_t)(sorted[at - 1]->node.key - key) > 0)
        at--;
    sorted_open(at);
    sorted[at] = element;
}

static void remove_at(size_t at)
{
    struct element *element = sorted[at];

    tree_remove(&tree, &element->node);
    memset(&element->node, 0xcc, sizeof(element->node));
    element->is_in_tree = false;
    sorted_count--;
    memmove(&sorted[at], &sorted[at + 1], (sorted_count - at) * sizeof(sorted[0]));
}

static void replace_at(size_t at, struct element *element)
{
    struct element *old = sorted[at];

    element->node.key = old->node.key;
    element->is_in_tree = true;
    tree_replace(&tree, &old->node, &element->node);
    memset(&old->node, 0xcc, sizeof(old->node));
    old->is_in_tree = false;
    sorted[at] = element;
}

static struct element *spare_element(void)
{
    struct element *element = &elements[random_below(ELEMENTS_MAX)];

    while (element->is_in_tree)
        element = element == &elements[ELEMENTS_MAX - 1] ? elements : element + 1;
    return element;
}

static void an_empty_tree_has_no_first(void **state)
{
    (void)state;
    assert_true(tree_is_empty(&tree));
    assert_null(tree_first(&tree));
}

static void an_entry_is_found_from_its_node(void **state)
{
    (void)state;
    insert(&elements[5], 1);
    assert_ptr_equal(tree_entry(tree_first(&tree), struct element, node), &elements[5]);
}

static void equal_keys_keep_the_order_of_insertion(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        insert(&elements[i], 7);
        check_tree();
    }
    for (size_t i = 0; i < 100; i++) {
        assert_ptr_equal(tree_first(&tree), &elements[i].node);
        remove_at(0);
    }
}

/* Every order to insert and every order to remove up to six elements. */
#define PERMUTED_MAX 6

static void permutation(size_t *ret_order, size_t count, size_t number)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = number % (i + 1);
        number /= i + 1;
        ret_order[i] = ret_order[at];
        ret_order[at] = i;
    }
}

static void insert_and_remove(const size_t *insertions, const size_t *removals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        insert(&elements[insertions[i]], insertions[i]);
        check_tree();
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (sorted[at] != &elements[removals[i]])
            at++;
        remove_at(at);
        check_tree();
    }
}

static void every_small_tree_keeps_the_rules(void **state)
{
    size_t permutations = 1;

    (void)state;
    for (size_t count = 1; count <= PERMUTED_MAX; count++) {
        permutations *= count;
        for (size_t i = 0; i < permutations; i++) {
            for (size_t j = 0; j < permutations; j++) {
                size_t insertions[PERMUTED_MAX] = {0}, removals[PERMUTED_MAX] = {0};
                permutation(insertions, count, i);
                permutation(removals, count, j);
                insert_and_remove(insertions, removals, count);
            }
        }
    }
}

static void runs_of_keys_stay_balanced(void **state)
{
    static const struct {
        const char *name;
        uint64_t first, step;
    } cases[] = {
        {"upwards", 0, 1},
        {"downwards", 1000, (uint64_t)-1},
        {"across the wrap", (uint64_t)-300, 1},
        {"down across the wrap", 300, (uint64_t)-1},
        {"across the sign", (1ull << 63) - 300, 1},
        {"as far apart as may be", 0, (1ull << 63) / ELEMENTS_MAX},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_empty(state);
        for (size_t j = 0; j < ELEMENTS_MAX; j++)
            insert(&elements[j], cases[i].first + j * cases[i].step);
        check_tree();
        while (sorted_count > 0) {
            remove_at(i % 2 == 0 ? 0 : sorted_count - 1);
            check_tree();
        }
    }
}

static void replacing_keeps_every_place(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 40; count++) {
        start_empty(state);
        for (size_t i = 0; i < count; i++)
            insert(&elements[i], random_below(20));
        for (size_t i = 0; i < count; i++) {
            replace_at(i, spare_element());
            check_tree();
        }
    }
}

/* Few keys, so that many are equal, and all around the wrap. */
static void random_steps_keep_to_the_oracle(void **state)
{
    (void)state;
    for (int step = 0; step < 100000; step++) {
        bool is_growing = step / 5000 % 2 == 0;
        if (sorted_count < ELEMENTS_MAX && (sorted_count == 0 || random_below(8) < (is_growing ? 5 : 3)))
            insert(spare_element(), random_below(400) - 200);
        else if (sorted_count < ELEMENTS_MAX && random_below(4) == 0)
            replace_at(random_below(sorted_count), spare_element());
        else
            remove_at(random_below(3) == 0 ? 0 : random_below(sorted_count));
        if (step % 16 == 0 || sorted_count < 30)
            check_tree();
    }
    while (sorted_count > 0)
        remove_at(0);
    check_tree();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_tree_has_no_first, start_empty),
        cmocka_unit_test_setup(an_entry_is_found_from_its_node, start_empty),
        cmocka_unit_test_setup(equal_keys_keep_the_order_of_insertion, start_empty),
        cmocka_unit_test_setup(every_small_tree_keeps_the_rules, start_empty),
        cmocka_unit_test_setup(runs_of_keys_stay_balanced, start_empty),
        cmocka_unit_test_setup(replacing_keeps_every_place, start_empty),
        cmocka_unit_test_setup(random_steps_keep_to_the_oracle, start_empty),
    };

    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
