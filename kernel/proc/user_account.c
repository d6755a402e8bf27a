/* The last reference is dropped under the lock by which accounts are found: so one that is found has one. */
#include "proc/user_account.h"

#include <stddef.h>

#include "core/spinlock.h"
#include "mm/object_cache.h"

static struct {
    struct spinlock lock; /* rank LOCK_RANK_USER_ACCOUNT */
    struct tree by_uid;   /* [u] */
} accounts = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_USER_ACCOUNT)};

static struct object_cache account_cache;

void user_account_setup(void)
{
    object_cache_init(&account_cache, "user", sizeof(struct user_account), 16);
    tree_init(&accounts.by_uid);
}

static struct user_account *account_find_locked(uint32_t uid)
{
    struct tree_node *node = accounts.by_uid.root;

    while (node != NULL && node->key != uid)
        node = tree_key_is_before(uid, node->key) ? node->left : node->right;
    return node == NULL ? NULL : tree_entry(node, struct user_account, node);
}

static struct user_account *account_make_locked(uint32_t uid)
{
    struct user_account *account = object_cache_alloc(&account_cache);

    if (account == NULL)
        return NULL;
    *account = (struct user_account){.node.key = uid};
    ref_count_init(&account->references, 1);
    tree_insert(&accounts.by_uid, &account->node);
    return account;
}

struct user_account *user_account_get(uint32_t uid)
{
    struct spinlock_state state = spin_lock(&accounts.lock);
    struct user_account *account = account_find_locked(uid);

    if (account != NULL)
        ref_count_take(&account->references);
    else
        account = account_make_locked(uid);
    spin_unlock(&accounts.lock, state);
    return account;
}

struct user_account *user_account_ref(struct user_account *account)
{
    ref_count_take(&account->references);
    return account;
}

void user_account_unref(struct user_account *account)
{
    if (ref_count_drop_unless_last(&account->references))
        return;
    struct spinlock_state state = spin_lock(&accounts.lock);
    bool is_last = ref_count_drop(&account->references);

    if (is_last)
        tree_remove(&accounts.by_uid, &account->node);
    spin_unlock(&accounts.lock, state);
    if (is_last)
        object_cache_free(&account_cache, account);
}

void user_account_charge(struct user_account *account, enum user_resource resource, unsigned count)
{
    (void)user_account_ref(account);
    atomic_fetch_add_explicit(&account->used[resource], count, memory_order_relaxed);
}

void user_account_give_back(struct user_account *account, enum user_resource resource, unsigned count)
{
    atomic_fetch_sub_explicit(&account->used[resource], count, memory_order_relaxed);
    user_account_unref(account);
}

bool user_account_charge_within(struct user_account *account, enum user_resource resource, uint64_t limit)
{
    if (atomic_fetch_add_explicit(&account->used[resource], 1, memory_order_relaxed) >= limit) {
        atomic_fetch_sub_explicit(&account->used[resource], 1, memory_order_relaxed);
        return false;
    }
    (void)user_account_ref(account);
    return true;
}
