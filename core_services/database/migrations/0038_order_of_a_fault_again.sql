-- readable-by: 0031
-- A fault that was mended and is opened again takes another maintenance order; one at a time.

DROP INDEX maintenance_order_of_fault;
CREATE UNIQUE INDEX maintenance_order_of_fault ON maintenance_order (centre_id, fault_id)
    WHERE fault_id IS NOT NULL AND state IN ('open', 'in_work');
