/* A queue's memory is bounded by what its packets take: a small one its object, others their frames as well.
 * One free object is kept with the socket: two who exchange short messages need no allocator. */
#include "abi/errno.h"
#include "ipc/unix_internal.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "proc/identity.h"

#define USERS_SHARE 8 /* part of the memory that packets of others than the superuser may take */

static struct object_cache packet_cache;
static _Atomic(uint64_t) users_bytes; /* that they take */
static uint64_t users_bytes_max;      /* set once */

void unix_packet_setup(void)
{
    users_bytes_max = frames_get_stats().total * PAGE_SIZE / USERS_SHARE;
    object_cache_init(&packet_cache, "unix-packet", PACKET_SIZE, 8);
}

/* Each queue is bounded, but a user may have many. Errors: -ENOBUFS. */
static int packet_charge(struct packet *packet)
{
    const uint32_t in_frames = packet->size > PACKET_SMALL ? (uint32_t)page_round_up(packet->size) : 0;

    packet->charge = PACKET_SIZE + in_frames;
    packet->is_users = !identity_is_superuser();
    if (!packet->is_users ||
        atomic_fetch_add(&users_bytes, packet->charge) + packet->charge <= users_bytes_max)
        return 0;
    atomic_fetch_sub(&users_bytes, packet->charge);
    packet->is_users = false;
    return -ENOBUFS;
}

static void packet_free_contents(struct packet *packet)
{
    if (packet->is_users)
        atomic_fetch_sub(&users_bytes, packet->charge);
    while (packet->frame_count > 0)
        frames_free(packet->frames[--packet->frame_count], 0);
}

/* Fill a packet with more than PACKET_SMALL bytes. Errors: -ENOBUFS, -EFAULT. */
static int packet_fill_frames(struct packet *packet, struct io *io)
{
    for (uint32_t done = 0; done < packet->size; done += PAGE_SIZE) {
        uint32_t left = packet->size - done, piece = left < PAGE_SIZE ? left : PAGE_SIZE;
        paddr_t frame;
        if (frames_alloc(0, &frame) != 0)
            return -ENOBUFS;
        packet->frames[packet->frame_count++] = frame;
        if (io_take(io, direct_map(frame), piece) < piece)
            return -EFAULT;
    }
    return 0;
}

int unix_packet_create_locked(struct unix_socket *receiver, struct io *io, uint32_t size,
                              struct packet **ret_packet)
{
    struct packet *packet = receiver->spare != NULL ? receiver->spare : object_cache_alloc(&packet_cache);
    const struct io before = *io;

    if (packet == NULL)
        return -ENOBUFS;
    receiver->spare = NULL;
    packet->size = size;
    packet->start = 0;
    packet->frame_count = 0;
    packet->rights = NULL;
    packet->from = NULL;
    int error = packet_charge(packet);
    if (error == 0 && size > PACKET_SMALL)
        error = packet_fill_frames(packet, io);
    else if (error == 0 && io_take(io, packet->small, size) < size)
        error = -EFAULT;
    if (error != 0) {
        *io = before;
        unix_packet_free_locked(receiver, packet);
        return error;
    }
    *ret_packet = packet;
    return 0;
}

void unix_packet_push_locked(struct unix_socket *receiver, struct packet *packet)
{
    list_push_back(&receiver->queue, &packet->link);
    receiver->queue_count++;
    receiver->queue_bytes += packet->size;
    receiver->charged += packet->charge;
}

void unix_packet_pop_locked(struct unix_socket *receiver, struct packet *packet)
{
    list_remove(&packet->link);
    receiver->queue_count--;
    receiver->queue_bytes -= packet->size - packet->start;
    receiver->charged -= packet->charge;
}

void unix_packet_free_locked(struct unix_socket *receiver, struct packet *packet)
{
    packet_free_contents(packet);
    if (receiver->spare == NULL)
        receiver->spare = packet;
    else
        object_cache_free(&packet_cache, packet);
}

uint32_t unix_packet_give(const struct packet *packet, uint32_t start, struct io *io)
{
    uint32_t done = 0;

    if (packet->frame_count == 0)
        return (uint32_t)io_give(io, packet->small + start, packet->size - start);
    while (start + done < packet->size && io->left > 0) {
        uint32_t at = start + done, in_page = at & PAGE_MASK, left = packet->size - at;
        uint32_t piece = left < PAGE_SIZE - in_page ? left : (uint32_t)PAGE_SIZE - in_page;
        const char *bytes = (const char *)direct_map(packet->frames[at / PAGE_SIZE]) + in_page;
        size_t wanted = piece < io->left ? piece : io->left, given = io_give(io, bytes, piece);
        done += (uint32_t)given;
        if (given < wanted)
            break;
    }
    return done;
}

void unix_packet_drop_all(struct unix_socket *socket)
{
    struct list queue;

    mutex_lock(&socket->lock);
    list_init(&queue);
    while (!list_is_empty(&socket->queue)) {
        struct packet *packet = list_entry(list_first(&socket->queue), struct packet, link);
        unix_packet_pop_locked(socket, packet);
        list_push_back(&queue, &packet->link);
    }
    if (socket->spare != NULL)
        object_cache_free(&packet_cache, socket->spare);
    socket->spare = NULL;
    mutex_unlock(&socket->lock);
    while (!list_is_empty(&queue)) {
        struct packet *packet = list_entry(list_first(&queue), struct packet, link);
        list_remove(&packet->link);
        if (packet->rights != NULL)
            unix_rights_discard(packet->rights);
        unix_name_unref(packet->from);
        packet_free_contents(packet);
        object_cache_free(&packet_cache, packet);
    }
}
