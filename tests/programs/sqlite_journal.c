/* lintel: variants=glibc flags="-Wl,--no-warnings -lsqlite3 -lpthread -ldl" */
/* A database in a file: transactions by each journal, two processes that write at once, what a child sees. */
#include <sqlite3.h>
#include <sys/wait.h>

#include "program.h"

static int print_row(void *what, int columns, char **values, char **names)
{
    (void)names;
    printf("%s:", (const char *)what);
    for (int i = 0; i < columns; i++)
        printf(" %s", values[i] != NULL ? values[i] : "NULL");
    printf("\n");
    return 0;
}

static void run(sqlite3 *database, const char *what, const char *statement)
{
    char *message = NULL;
    int error = sqlite3_exec(database, statement, print_row, (void *)what, &message);

    if (error != SQLITE_OK) {
        printf("%s: FAILED: %d %s\n", what, error, message != NULL ? message : "");
        exit(1);
    }
}

static sqlite3 *open_database(const char *path)
{
    sqlite3 *database;

    expect_value("open", sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 20000);
    return database;
}

static void fill(sqlite3 *database, int first, int count)
{
    char statement[100];

    for (int i = first; i < first + count; i++) {
        snprintf(statement, sizeof(statement), "INSERT INTO t VALUES (%d, 'row %d', %d * 0.5)", i, i, i);
        run(database, "insert", statement);
    }
}

static void in_mode(const char *mode)
{
    char path[40], statement[60];

    snprintf(path, sizeof(path), "%s.db", mode);
    snprintf(statement, sizeof(statement), "PRAGMA journal_mode = %s", mode);
    sqlite3 *database = open_database(path);
    run(database, "journal", statement);
    run(database, "create",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, value REAL); CREATE INDEX i ON t (name)");
    run(database, "begin", "BEGIN");
    fill(database, 0, 300);
    run(database, "commit", "COMMIT");
    run(database, "rolled back", "BEGIN; DELETE FROM t; SELECT count(*) FROM t; ROLLBACK");
    run(database, "sum", "SELECT count(*), sum(value), min(name), max(name) FROM t");
    sqlite3_close(database);
    for (int child = 1; child <= 2; child++) {
        if (fork() == 0) {
            database = open_database(path);
            fill(database, child * 1000, 20);
            sqlite3_close(database);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    database = open_database(path);
    run(database, "both", "SELECT id / 1000, count(*) FROM t GROUP BY 1");
    run(database, "check", "PRAGMA integrity_check");
    run(database, "smaller", "DELETE FROM t WHERE id < 900; VACUUM; SELECT count(*) FROM t");
    sqlite3_close(database);
    expect_value("no journal is left", access("delete.db-journal", F_OK) + access("wal.db-wal", F_OK), -2);
}

int main(void)
{
    static const char *const modes[] = {"delete", "truncate", "persist", "memory", "wal"};

    program_begin();
    for (unsigned i = 0; i < COUNT_OF(modes); i++)
        in_mode(modes[i]);
    return program_end();
}
