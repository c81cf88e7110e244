DROP SEQUENCE demands_demand_number;
