/* SPDX-License-Identifier: Apache-2.0
 *
 * libsaguaro_rtl: the engines' RTL, simulated cycle by cycle, behind a C ABI that a driver can load (Java: JNA).
 *
 * A device has one or more engines and one DMA memory. As on the board without coherent ports, the memory exists
 * twice: the host's copy (saguaro_rtl_host_memory) and the engines' copy; only the two sync calls move bytes between
 * them, in whole 64-byte cache lines. A driver that forgets a sync computes on stale bytes, here as there.
 *
 * Threads: calls for one engine exclude each other; different engines of a device may be driven from different
 * threads. The memory is not locked: as in hardware, software must not touch what an engine is working on.
 * Time passes only inside calls: every register access takes a few cycles, step and wait as many as they say.
 */
#ifndef SAGUARO_RTL_H
#define SAGUARO_RTL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct saguaro_rtl saguaro_rtl;

#define SAGUARO_RTL_ABI 2
int32_t saguaro_rtl_abi(void);

/* engines: "conv", "fft", "zip" separated by commas, in the order of their indices; an engine may occur twice.
 * memory_base: the physical address of the memory's first byte, a multiple of 4096; memory_bytes likewise.
 * seed: of the bus timing's random choices. NULL on failure: saguaro_rtl_last_error says why. */
saguaro_rtl *saguaro_rtl_create(const char *engines, uint64_t memory_base, uint64_t memory_bytes, uint64_t seed);
void saguaro_rtl_destroy(saguaro_rtl *device);

/* Replaces all engines, as loading another overlay does: the new ones are reset, without faults and with the default bus
 * timing. Both copies of the memory stay as they are. No other call for this device may be under way. 0, or -1 with the former
 * engines still there. */
int32_t saguaro_rtl_load(saguaro_rtl *device, const char *engines);

/* Why the calling thread's last create, load, sync, fault or bus call failed; valid until its next call. */
const char *saguaro_rtl_last_error(void);

int32_t saguaro_rtl_engine_count(const saguaro_rtl *device);

/* One aligned 32-bit access to an engine's register page (offset < 4096). A wrong engine or offset reads
 * 0xFFFFFFFF and is not written. */
uint32_t saguaro_rtl_read(saguaro_rtl *device, int32_t engine, uint32_t offset);
void saguaro_rtl_write(saguaro_rtl *device, int32_t engine, uint32_t offset, uint32_t value);

/* Lets the engine's clock run. Returns the interrupt line (0 or 1) afterwards. */
int32_t saguaro_rtl_step(saguaro_rtl *device, int32_t engine, uint64_t cycles);

/* Lets the clock run until the interrupt line is high, at most max_cycles. 1 if it is, 0 if the time is over. */
int32_t saguaro_rtl_wait(saguaro_rtl *device, int32_t engine, uint64_t max_cycles);

int32_t saguaro_rtl_irq(saguaro_rtl *device, int32_t engine);
uint64_t saguaro_rtl_cycles(saguaro_rtl *device, int32_t engine);

/* The overlay's reset of this engine: everything as after create, except the fault and the bus timing. */
void saguaro_rtl_reset(saguaro_rtl *device, int32_t engine);

/* The host's copy of the memory, memory_bytes long, 4096-aligned, owned by the device. */
void *saguaro_rtl_host_memory(saguaro_rtl *device);
/* The same memory for a host that uses it longer than the device: it stays until both the device is destroyed and what is
 * returned is released. NULL if there is no memory for that. */
typedef struct saguaro_rtl_hold saguaro_rtl_hold;
saguaro_rtl_hold *saguaro_rtl_hold_host_memory(saguaro_rtl *device);
void saguaro_rtl_release_host_memory(saguaro_rtl_hold *hold);
/* 0, or -1 if the range is not in the memory. */
int32_t saguaro_rtl_sync_for_device(saguaro_rtl *device, uint64_t offset, uint64_t bytes);
int32_t saguaro_rtl_sync_for_cpu(saguaro_rtl *device, uint64_t offset, uint64_t bytes);

/* Memory timing as this engine sees it: cycles of latency, and the chances in percent (1..100) that an address or
 * write beat is taken and that a due read beat is delivered in a cycle. 0 or -1. Default 30, 30, 100, 100. */
int32_t saguaro_rtl_bus(saguaro_rtl *device, int32_t engine, int32_t latency_min, int32_t latency_max,
                        int32_t ready_percent, int32_t data_percent);

enum saguaro_rtl_fault_kind {
    SAGUARO_RTL_HEALTHY = 0,        /* ends all of the following */
    SAGUARO_RTL_NO_INTERRUPT = 1,   /* the line stays low for ever; the registers tell the truth */
    SAGUARO_RTL_CORRUPT_STATUS = 2, /* reads of STATUS are XORed with a */
    SAGUARO_RTL_BUS_ERROR = 3,      /* a burst touching addresses [a, b) is answered with an error */
    SAGUARO_RTL_BUS_SILENT = 4,     /* the memory answers no more */
    SAGUARO_RTL_GONE = 5            /* reads give 0xFFFFFFFF, writes are lost, no interrupt, no time passes inside */
};
/* Adds one fault to those present. 0 or -1. */
int32_t saguaro_rtl_fault(saguaro_rtl *device, int32_t engine, int32_t kind, uint64_t a, uint64_t b);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
